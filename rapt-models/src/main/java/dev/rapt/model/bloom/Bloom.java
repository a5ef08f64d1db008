package dev.rapt.model.bloom;

import dev.rapt.kernel.Activation;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.nn.Alibi;
import dev.rapt.nn.Attention;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Block;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Mlp;
import dev.rapt.nn.Norm;
import dev.rapt.nn.NormedResidualBlock;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.PreNormBlock;
import dev.rapt.nn.QkvProjection;
import dev.rapt.nn.Residual;
import dev.rapt.nn.SelfAttention;
import dev.rapt.nn.Stack;
import dev.rapt.tensor.Tensor;

/** BLOOM. arXiv:2211.05100. */
public final class Bloom {
  private final BloomConfig config;
  private final DecoderSizes sizes;
  private final Tensor slopes;

  private Bloom(BloomConfig config, ParameterSource source) {
    this.config = config;
    sizes = config.sizes();
    slopes = source.constant(Alibi.slopes(sizes.numHeads()), sizes.numHeads());
  }

  /** A model with the parameters under {@code transformer} of a checkpoint. */
  public static Backbone build(BloomConfig config, ParameterSource source) {
    Bloom model = new Bloom(config, source);
    DecoderSizes sizes = config.sizes();
    Embedding tokens =
        Embedding.of(
            source.at("word_embeddings"), sizes.vocabSize(), sizes.hiddenSize(), sizes.initStd());
    return new Stack(
        Embeddings.of(tokens).withNorm(model.norm(source.at("word_embeddings_layernorm"))),
        Stack.blocks(sizes.numLayers(), source.at("h"), model::block),
        model.norm(source.at("ln_f")));
  }

  /** Attention, then MLP, added to the stream or to its normalised form. */
  private Block block(int layer, ParameterSource source) {
    Norm attentionNorm = norm(source.at("input_layernorm"));
    Layer attention = attention(layer, source.at("self_attention"));
    Norm mlpNorm = norm(source.at("post_attention_layernorm"));
    Layer mlp = mlp(source.at("mlp"));
    Residual residual = Residual.of(layer, config.dropout());
    return config.residualAfterNorm()
        ? new NormedResidualBlock(attentionNorm, attention, mlpNorm, mlp, residual)
        : new PreNormBlock(attentionNorm, attention, mlpNorm, mlp, residual);
  }

  /** Attention with linear biases; query, key and value of a head lie together. */
  private SelfAttention attention(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    int H = sizes.numHeads();
    int E = sizes.headDim();
    return new SelfAttention(
        new QkvProjection.Grouped(
            Linear.of(source.at("query_key_value"), D, 3L * D, true, sizes.initStd()), H, H, E),
        null,
        Attention.of(layer, E).withAlibi(slopes).withDropout(config.dropout()),
        Linear.of(source.at("dense"), D, D, true, sizes.residualStd()));
  }

  private Norm norm(ParameterSource source) {
    return Norm.of(Norm.Kind.LAYER, source, sizes.hiddenSize(), config.normEps());
  }

  private Mlp mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new Mlp(
        Linear.of(source.at("dense_h_to_4h"), D, F, true, sizes.initStd()),
        Activation.GELU_TANH,
        Linear.of(source.at("dense_4h_to_h"), F, D, true, sizes.residualStd()));
  }
}
