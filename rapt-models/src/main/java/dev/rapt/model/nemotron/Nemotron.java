package dev.rapt.model.nemotron;

import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Mlp;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.SelfAttention;

/** Nemotron-4 and its smaller kin, Minitron. arXiv:2402.16819, section 2. */
public final class Nemotron {
  private final NemotronConfig config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;

  private Nemotron(NemotronConfig config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(NemotronConfig config, ParameterSource source) {
    return new Nemotron(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> Norm.LayerNorm.aroundOne(norm, sizes.hiddenSize(), config.normEps()),
        this::attention,
        (_, layer) -> mlp(layer.at("mlp")));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    ParameterSource self = source.at("self_attn");
    LayerKind kind = LayerKind.full(config.rope());
    return new SelfAttention(
        parts.qkv(self, config.attentionBias()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.output(self, config.attentionBias()));
  }

  private Mlp mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new Mlp(
        Linear.of(source.at("up_proj"), D, F, config.mlpBias(), sizes.initStd()),
        config.activation(),
        Linear.of(source.at("down_proj"), F, D, config.mlpBias(), sizes.residualStd()));
  }
}
