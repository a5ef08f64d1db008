package dev.rapt.model.afmoe;

import dev.rapt.autograd.expert.ExpertChoice;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Block;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.MoeMlp;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Residual;
import dev.rapt.nn.SandwichBlock;
import dev.rapt.nn.SelfAttention;
import dev.rapt.nn.Stack;

/** Trinity of Arcee. Arcee Trinity manifesto, Arcee AI 2025. */
public final class Afmoe {
  private final AfmoeConfig config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;
  private final MixtureParts mixture;

  private Afmoe(AfmoeConfig config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
    mixture = new MixtureParts(sizes, config.mixture());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(AfmoeConfig config, ParameterSource source) {
    Afmoe afmoe = new Afmoe(config);
    return new Stack(
        afmoe.parts.embeddings(source).scaled(config.embeddingScale()),
        Stack.blocks(config.numLayers(), source.at("layers"), afmoe::block),
        afmoe.norm(source.at("norm")));
  }

  private Block block(int layer, ParameterSource source) {
    return new SandwichBlock(
        norm(source.at("input_layernorm")),
        attention(layer, source.at("self_attn")),
        norm(source.at("post_attention_layernorm")),
        norm(source.at("pre_mlp_layernorm")),
        mlp(layer, source.at("mlp")),
        norm(source.at("post_mlp_layernorm")),
        Residual.of(layer, 0));
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }

  private Layer attention(int layer, ParameterSource source) {
    LayerKind kind = config.kinds().get(layer);
    long width = (long) sizes.numHeads() * sizes.headDim();
    return new SelfAttention(
            parts.qkv(source, config.attentionBias()),
            parts.perHeadNorm(source.at("q_norm"), config.normEps()),
            parts.perHeadNorm(source.at("k_norm"), config.normEps()),
            parts.rope(kind),
            parts.attention(layer, kind).withDropout(config.dropout()),
            parts.output(source, config.attentionBias()))
        .gatedBy(
            Linear.of(source.at("gate_proj"), sizes.hiddenSize(), width, false, sizes.initStd()));
  }

  private Layer mlp(int layer, ParameterSource source) {
    if (layer < config.numDense()) {
      return parts.gatedMlp(source, config.activation(), false);
    }
    Parameter correction = source.get("expert_bias", Init.ZEROS, config.mixture().numExperts());
    return new MoeMlp(
        mixture.router(source.at("router").at("gate"), ExpertChoice.Score.SIGMOID, correction),
        mixture.experts(source.at("experts"), config.activation()),
        config.sharedSize() == 0
            ? null
            : mixture.shared(
                source.at("shared_experts"), config.sharedSize(), config.activation(), false),
        null);
  }
}
