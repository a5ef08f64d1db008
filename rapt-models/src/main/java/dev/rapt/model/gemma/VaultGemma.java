package dev.rapt.model.gemma;

import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Block;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.PreNormBlock;
import dev.rapt.nn.Residual;
import dev.rapt.nn.Stack;

/** VaultGemma: Gemma 2 without norms behind attention and MLP. arXiv:2510.15001, section 3. */
public final class VaultGemma {
  private final Gemma2Config config;
  private final DecoderParts parts;

  private VaultGemma(Gemma2Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Gemma2Config config, ParameterSource source) {
    VaultGemma gemma = new VaultGemma(config);
    return new Stack(
        gemma.parts.embeddings(source).scaled(config.embeddingScale()),
        Stack.blocks(config.numLayers(), source.at("layers"), gemma::block),
        gemma.norm(source.at("norm")));
  }

  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm(source.at("input_layernorm")),
        Gemma2.attention(config, parts, layer, source.at("self_attn")),
        norm(source.at("pre_feedforward_layernorm")),
        parts.gatedMlp(source.at("mlp"), config.activation(), false),
        Residual.of(layer, 0));
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNormAroundOne(source, config.normEps());
  }
}
