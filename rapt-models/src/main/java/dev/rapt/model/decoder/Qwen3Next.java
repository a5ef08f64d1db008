package dev.rapt.model.decoder;

import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.HeadNorm;
import org.jspecify.annotations.Nullable;

/**
 * Qwen3-Next and the text part of Qwen3.5. Qwen3-Next: Towards Ultimate Training and Inference
 * Efficiency, Qwen team 2025.
 */
public final class Qwen3Next {
  private final Qwen3NextConfig config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;
  private final @Nullable MixtureParts mixture;

  private Qwen3Next(Qwen3NextConfig config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
    mixture = config.mixture() == null ? null : new MixtureParts(sizes, config.mixture());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Qwen3NextConfig config, ParameterSource source) {
    return new Qwen3Next(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNormAroundOne(norm, config.normEps()),
        this::mixer,
        (layer, source) -> mlp(layer, source.at("mlp")));
  }

  private Layer mixer(int layer, ParameterSource source) {
    return config.attends().get(layer)
        ? attention(layer, source.at("self_attn"))
        : deltaNet(layer, source.at("linear_attn"));
  }

  private GatedDeltaNet deltaNet(int layer, ParameterSource source) {
    DeltaSizes delta = config.delta();
    int D = sizes.hiddenSize();
    DeltaProjection projection =
        config.deltaByHeads()
            ? DeltaProjection.Grouped.of(delta, D, sizes.initStd(), source)
            : DeltaProjection.Separate.of(delta, D, sizes.initStd(), source);
    return GatedDeltaNet.of(
        layer, sizes, delta, projection, config.activation(), config.normEps(), source);
  }

  private GatedAttention attention(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    long queryWidth = (long) sizes.numHeads() * sizes.headDim();
    long keyWidth = (long) sizes.numKvHeads() * sizes.headDim();
    boolean bias = config.attentionBias();
    double std = sizes.initStd();
    return new GatedAttention(
        Linear.of(source.at("q_proj"), D, 2 * queryWidth, bias, std),
        Linear.of(source.at("k_proj"), D, keyWidth, bias, std),
        Linear.of(source.at("v_proj"), D, keyWidth, bias, std),
        headNorm(source.at("q_norm")),
        headNorm(source.at("k_norm")),
        parts.rope(config.rope()),
        parts.attention(layer, LayerKind.full(config.rope())).withDropout(config.dropout()),
        parts.output(source, bias),
        sizes);
  }

  private HeadNorm headNorm(ParameterSource source) {
    return new HeadNorm.PerHead(Norm.RmsNorm.aroundOne(source, sizes.headDim(), config.normEps()));
  }

  private Layer mlp(int layer, ParameterSource source) {
    if (mixture == null || !config.sparse().get(layer)) {
      return parts.gatedMlp(source, config.activation(), false);
    }
    return QwenMoe.experts(sizes, mixture, config.activation(), config.sharedSize(), source);
  }
}
