package dev.rapt.model.decoder;

import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Sinusoids;
import dev.rapt.nn.attention.Alibi;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PostNormBlock;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** A decoder put together from parts; see {@link DecoderConfig}. */
public final class Decoder {
  private final DecoderConfig config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;
  private final @Nullable Tensor slopes;

  private Decoder(DecoderConfig config, ParameterSource source) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
    slopes =
        config.positions() == PositionEncoding.ALIBI
            ? source.constant(Alibi.slopes(sizes.numHeads()), sizes.numHeads())
            : null;
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(DecoderConfig config, ParameterSource source) {
    Decoder decoder = new Decoder(config, source);
    DecoderSizes sizes = config.sizes();
    return new Stack(
        decoder.embeddings(source),
        Stack.blocks(sizes.numLayers(), source.at("layers"), decoder::block),
        config.postNorm() ? null : decoder.norm(source.at("norm")));
  }

  private Embeddings embeddings(ParameterSource source) {
    Embeddings tokens = parts.embeddings(source).withDropout(config.dropout());
    return switch (config.positions()) {
      case LEARNED ->
          tokens.withPositions(parts.table(source.at("embed_positions"), sizes.maxPositions()), 0);
      case SINUSOIDAL -> // arXiv:1706.03762, section 3.4
          tokens.scaled((float) Math.sqrt(sizes.hiddenSize())).withSinusoids(Sinusoids.PAPER);
      case ROPE, ALIBI, NONE -> tokens;
    };
  }

  private Norm norm(ParameterSource source) {
    return Norm.of(config.norm(), source, sizes.hiddenSize(), config.normEps());
  }

  /** Attention, then MLP, each added to the stream; normalised before, or after the sum. */
  private Block block(int layer, ParameterSource source) {
    Norm attentionNorm = norm(source.at("attention_norm"));
    Layer attention = attention(layer, source.at("self_attn"));
    Norm mlpNorm = norm(source.at("mlp_norm"));
    Layer mlp = mlp(source.at("mlp"));
    Residual residual = Residual.of(layer, config.dropout());
    return config.postNorm()
        ? new PostNormBlock(attention, attentionNorm, mlp, mlpNorm, residual)
        : new PreNormBlock(attentionNorm, attention, mlpNorm, mlp, residual);
  }

  private Layer mlp(ParameterSource source) {
    return config.gated()
        ? parts.gatedMlp(source, config.activation(), config.bias())
        : parts.mlp(source, "up_proj", config.activation(), "down_proj", config.bias());
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(source, config.bias()),
        parts.rope(kind),
        parts.attention(layer, kind).withAlibi(slopes).withDropout(config.dropout()),
        parts.output(source, config.bias()));
  }
}
