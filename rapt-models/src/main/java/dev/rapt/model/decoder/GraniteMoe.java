package dev.rapt.model.decoder;

import dev.rapt.autograd.GateLayout;
import dev.rapt.kernel.Gating;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.mlp.ExpertLinear;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.FusedGatedMlp;
import dev.rapt.nn.mlp.MoeMlp;

/** Granite 3 with experts, whose matrices are stacked. arXiv:2203.03466 (factors), ScatterMoE. */
public final class GraniteMoe {
  private final GraniteMoeConfig config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;
  private final MixtureParts mixture;

  private GraniteMoe(GraniteMoeConfig config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
    mixture = new MixtureParts(sizes, config.mixture());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(GraniteMoeConfig config, ParameterSource source) {
    return new GraniteMoe(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    GraniteConfig base = config.base();
    return PreNormDecoder.of(
            parts,
            norm -> parts.rmsNorm(norm, base.normEps()),
            (layer, source) -> Granite.attention(base, parts, layer, source.at("self_attn")),
            (_, source) -> experts(source))
        .scaled(base.factors().embedding(), base.factors().residual());
  }

  private MoeMlp experts(ParameterSource layer) {
    ParameterSource source = layer.at("block_sparse_moe");
    return new MoeMlp(
        mixture.router(source.at("router").at("layer"), false),
        new ExpertMlp.Fused(
            stacked(
                source.at("input_linear"),
                2L * config.mixture().intermediateSize(),
                sizes.hiddenSize(),
                sizes.initStd()),
            GateLayout.HALVES,
            new Gating.Product(config.base().activation()),
            stacked(
                source.at("output_linear"),
                sizes.hiddenSize(),
                config.mixture().intermediateSize(),
                sizes.residualStd())),
        config.sharedSize() == 0 ? null : shared(layer.at("shared_mlp")),
        null);
  }

  private Layer shared(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = config.sharedSize();
    return new FusedGatedMlp(
        Linear.of(source.at("input_linear"), D, 2L * F, false, sizes.initStd()),
        config.base().activation(),
        Linear.of(source.at("output_linear"), F, D, false, sizes.residualStd()));
  }

  private ExpertLinear stacked(
      ParameterSource source, long outputSize, long inputSize, double std) {
    int X = config.mixture().numExperts();
    return new ExpertLinear.Stacked(
        source.get("weight", new Init.Normal(std), X, outputSize, inputSize), false, null);
  }
}
