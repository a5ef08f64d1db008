package dev.rapt.model.decoder;

import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Alibi;
import dev.rapt.nn.attention.Rope;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.ParallelBlock;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Falcon 7B, 40B and 180B. arXiv:2311.16867. */
public final class Falcon {
  private final FalconConfig config;
  private final DecoderParts parts;
  private final @Nullable Rope rope;
  private final @Nullable Tensor slopes;

  private Falcon(FalconConfig config, ParameterSource source) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
    rope = config.alibi() ? null : parts.rope(config.rope());
    slopes = config.alibi() ? slopes(source, config.numHeads(), config.headDim()) : null;
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
    return new Stack(
        model.parts.embeddings(source, "word_embeddings"),
        Stack.blocks(config.numLayers(), source.at("h"), model::block),
        model.norm(source.at("ln_f")));
  }

  private Block block(int layer, ParameterSource source) {
    Layer attention = attention(layer, source.at("self_attention"));
    Layer mlp =
        parts.mlp(
            source.at("mlp"), "dense_h_to_4h", config.activation(), "dense_4h_to_h", config.bias());
    Residual residual = Residual.of(layer, config.dropout().residual());
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
    return new SelfAttention(
        parts.groupedQkv(source, "query_key_value", config.bias()),
        rope,
        parts.attention(layer).withAlibi(slopes).withDropout(config.dropout().attention()),
        parts.output(source, "dense", config.bias()));
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, config.normEps());
  }
}
