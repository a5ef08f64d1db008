package dev.rapt.model.decoder;

import dev.rapt.autograd.GateLayout;
import dev.rapt.kernel.Gating;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.attention.HeadNorm;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.mlp.ExpertLinear;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.InputScaledMoe;

/** The text part of Llama 4. The Llama 4 herd, Meta 2025; arXiv:2501.19399 for its temperature. */
public final class Llama4 {
  private final Llama4Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;
  private final MixtureParts mixture;

  private Llama4(Llama4Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes).interleaved();
    mixture = new MixtureParts(sizes, config.mixture());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Llama4Config config, ParameterSource source) {
    return new Llama4(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, config.normEps()),
        (layer, source) -> attention(layer, source.at("self_attn")),
        (layer, source) -> mlp(layer, source.at("feed_forward")));
  }

  /** Norms without weights commute with rotations, so that it does not matter which is first. */
  private SelfAttention attention(int layer, ParameterSource source) {
    LayerKind kind = config.kinds().get(layer);
    boolean rotates = kind.rope() != null;
    Attention attention = parts.attention(layer).withDropout(config.dropout());
    HeadNorm norm =
        config.headNorms() && rotates
            ? new HeadNorm.PerHead(new Norm.PlainRms(config.normEps()))
            : null;
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        norm,
        norm,
        parts.rope(kind),
        rotates
            ? inChunks(attention, kind)
            : inChunks(attention.withTemperature(config.temperature()), kind),
        parts.output(source, config.attentionBias()));
  }

  private static Attention inChunks(Attention attention, LayerKind kind) {
    return kind.window() == 0 ? attention : attention.inChunksOf(kind.window());
  }

  private Layer mlp(int layer, ParameterSource source) {
    if (!config.sparse().get(layer)) {
      return parts.gatedMlp(source, config.activation(), false);
    }
    int F = config.mixture().intermediateSize();
    return new InputScaledMoe(
        mixture.router(source.at("router"), false),
        experts(source.at("experts")),
        mixture.shared(source.at("shared_expert"), F, config.activation(), false));
  }

  /** Gates and values of all experts in a tensor (X, D, 2 F), the rest in one (X, F, D). */
  private ExpertMlp experts(ParameterSource source) {
    int X = config.mixture().numExperts();
    int D = sizes.hiddenSize();
    int F = config.mixture().intermediateSize();
    Init up = new Init.Normal(sizes.initStd());
    Init down = new Init.Normal(sizes.residualStd());
    return new ExpertMlp.Fused(
        new ExpertLinear.Stacked(source.get("gate_up_proj", up, X, D, 2L * F), true, null),
        GateLayout.HALVES,
        new Gating.Product(config.activation()),
        new ExpertLinear.Stacked(source.get("down_proj", down, X, F, D), true, null));
  }
}
