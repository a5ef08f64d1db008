package dev.rapt.model.decoder;

import dev.rapt.model.family.Family;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;

/** VaultGemma: Gemma 2 without norms behind attention and MLP. arXiv:2510.15001, section 3. */
public final class VaultGemma {
  /** {@code vaultgemma}. */
  public static final Family<Gemma2.Config, Backbone> FAMILY =
      new Family<>(
          "vaultgemma",
          "VaultGemmaForCausalLM",
          "model",
          Gemma2.Config::parseGemma2,
          VaultGemma::build);

  private final Gemma2.Config config;
  private final Gemma2 gemma;

  private VaultGemma(Gemma2.Config config) {
    this.config = config;
    gemma = new Gemma2(config);
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Gemma2.Config config, ParameterSource source) {
    VaultGemma model = new VaultGemma(config);
    return model.gemma.stack(source, 0, model::block);
  }

  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        gemma.norm(source.at("input_layernorm")),
        gemma.attention(layer, config.kinds().get(layer), source.at("self_attn")),
        gemma.norm(source.at("pre_feedforward_layernorm")),
        gemma.mlp(source),
        Residual.of(layer, 0));
  }
}
