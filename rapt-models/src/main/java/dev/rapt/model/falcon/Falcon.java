package dev.rapt.model.falcon;

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
import dev.rapt.nn.ParallelBlock;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.PreNormBlock;
import dev.rapt.nn.QkvProjection;
import dev.rapt.nn.Residual;
import dev.rapt.nn.Rope;
import dev.rapt.nn.SelfAttention;
import dev.rapt.nn.Stack;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Falcon 7B, 40B and 180B. arXiv:2311.16867. */
public final class Falcon {
  private final FalconConfig config;
  private final DecoderSizes sizes;
  private final @Nullable Rope rope;
  private final @Nullable Tensor slopes;

  private Falcon(FalconConfig config, ParameterSource source) {
    this.config = config;
    sizes = config.sizes();
    rope = config.alibi() ? null : config.rope().rope(sizes.headDim(), false);
    slopes = config.alibi() ? slopes(source, sizes.numHeads(), sizes.headDim()) : null;
  }

  /** Falcon scales the penalty for distance together with the scores. */
  private static Tensor slopes(ParameterSource source, int numHeads, int headDim) {
    float[] slopes = Alibi.slopes(numHeads);
    for (int i = 0; i < slopes.length; i++) {
      slopes[i] /= (float) Math.sqrt(headDim);
    }
    return source.constant(slopes, numHeads);
  }

  /** A model with the parameters under {@code transformer} of a checkpoint. */
  public static Backbone build(FalconConfig config, ParameterSource source) {
    Falcon model = new Falcon(config, source);
    DecoderSizes sizes = config.sizes();
    return new Stack(
        Embeddings.of(
            Embedding.of(
                source.at("word_embeddings"),
                sizes.vocabSize(),
                sizes.hiddenSize(),
                sizes.initStd())),
        Stack.blocks(sizes.numLayers(), source.at("h"), model::block),
        model.norm(source.at("ln_f")));
  }

  private Block block(int layer, ParameterSource source) {
    Layer attention = attention(layer, source.at("self_attention"));
    Layer mlp = mlp(source.at("mlp"));
    Residual residual = Residual.of(layer, config.dropout());
    return switch (config.layout()) {
      case SEQUENTIAL ->
          new PreNormBlock(
              norm(source.at("input_layernorm")),
              attention,
              norm(source.at("post_attention_layernorm")),
              mlp,
              residual);
      case PARALLEL -> {
        Norm norm = norm(source.at("input_layernorm"));
        yield new ParallelBlock(norm, attention, norm, mlp, residual);
      }
      case PARALLEL_TWO_NORMS ->
          new ParallelBlock(
              norm(source.at("ln_attn")), attention, norm(source.at("ln_mlp")), mlp, residual);
    };
  }

  /** Attention; the queries that share a key-value head lie before it. */
  private SelfAttention attention(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    int H = sizes.numHeads();
    int G = sizes.numKvHeads();
    int E = sizes.headDim();
    Linear qkv =
        Linear.of(
            source.at("query_key_value"), D, (H + 2L * G) * E, config.bias(), sizes.initStd());
    return new SelfAttention(
        G == 1 ? new QkvProjection.Fused(qkv, H, G, E) : new QkvProjection.Grouped(qkv, H, G, E),
        rope,
        Attention.of(layer, E).withAlibi(slopes).withDropout(config.dropout()),
        Linear.of(source.at("dense"), D, D, config.bias(), sizes.residualStd()));
  }

  private Norm norm(ParameterSource source) {
    return Norm.of(Norm.Kind.LAYER, source, sizes.hiddenSize(), config.normEps());
  }

  private Mlp mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new Mlp(
        Linear.of(source.at("dense_h_to_4h"), D, F, config.bias(), sizes.initStd()),
        config.activation(),
        Linear.of(source.at("dense_4h_to_h"), F, D, config.bias(), sizes.residualStd()));
  }
}
