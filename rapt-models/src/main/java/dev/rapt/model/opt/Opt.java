package dev.rapt.model.opt;

import dev.rapt.model.config.DecoderSizes;
import dev.rapt.nn.Attention;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Block;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Mlp;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.PostNormBlock;
import dev.rapt.nn.PreNormBlock;
import dev.rapt.nn.QkvProjection;
import dev.rapt.nn.Residual;
import dev.rapt.nn.SelfAttention;
import dev.rapt.nn.Stack;

/** OPT. arXiv:2205.01068. */
public final class Opt {
  /** The rows of the position table that no token has. */
  private static final int POSITION_OFFSET = 2;

  private static final float NORM_EPS = 1e-5f;

  private final OptConfig config;
  private final DecoderSizes sizes;

  private Opt(OptConfig config) {
    this.config = config;
    sizes = config.sizes();
  }

  /** A model with the parameters under {@code model.decoder} of a checkpoint. */
  public static Backbone build(OptConfig config, ParameterSource source) {
    Opt model = new Opt(config);
    DecoderSizes sizes = config.sizes();
    Stack stack =
        new Stack(
            model.embeddings(source),
            Stack.blocks(sizes.numLayers(), source.at("layers"), model::block),
            config.finalNorm() ? model.norm(source.at("final_layer_norm")) : null);
    return model.isProjected() ? stack.projected(model.projection(source, "project_out")) : stack;
  }

  private Embeddings embeddings(ParameterSource source) {
    int D = sizes.hiddenSize();
    double std = sizes.initStd();
    Embedding tokens =
        Embedding.of(source.at("embed_tokens"), sizes.vocabSize(), config.embeddingSize(), std);
    int rows = sizes.maxPositions() + POSITION_OFFSET;
    Embeddings embeddings =
        Embeddings.of(tokens)
            .withPositions(
                Embedding.of(source.at("embed_positions"), rows, D, std), POSITION_OFFSET);
    return isProjected() ? embeddings.projected(projection(source, "project_in")) : embeddings;
  }

  private boolean isProjected() {
    return config.embeddingSize() != sizes.hiddenSize();
  }

  private Linear projection(ParameterSource source, String name) {
    int from = name.equals("project_in") ? config.embeddingSize() : sizes.hiddenSize();
    int to = name.equals("project_in") ? sizes.hiddenSize() : config.embeddingSize();
    return Linear.of(source.at(name), from, to, false, sizes.initStd());
  }

  /** Attention, then MLP, each added to the stream; normalised before, or after the sum. */
  private Block block(int layer, ParameterSource source) {
    Norm attentionNorm = norm(source.at("self_attn_layer_norm"));
    Layer attention = attention(layer, source.at("self_attn"));
    Norm mlpNorm = norm(source.at("final_layer_norm"));
    Layer mlp = mlp(source);
    Residual residual = Residual.of(layer, config.dropout());
    return config.postNorm()
        ? new PostNormBlock(attention, attentionNorm, mlp, mlpNorm, residual)
        : new PreNormBlock(attentionNorm, attention, mlpNorm, mlp, residual);
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    int H = sizes.numHeads();
    int E = sizes.headDim();
    return new SelfAttention(
        QkvProjection.Separate.of(source, D, H, H, E, config.bias(), sizes.initStd()),
        null,
        Attention.of(layer, E).withDropout(config.dropout()),
        Linear.of(source.at("out_proj"), D, D, config.bias(), sizes.residualStd()));
  }

  private Norm norm(ParameterSource source) {
    return Norm.of(Norm.Kind.LAYER, source, sizes.hiddenSize(), NORM_EPS);
  }

  private Mlp mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new Mlp(
        Linear.of(source.at("fc1"), D, F, config.bias(), sizes.initStd()),
        config.activation(),
        Linear.of(source.at("fc2"), F, D, config.bias(), sizes.residualStd()));
  }
}
