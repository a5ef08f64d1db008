package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.OutputNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import java.util.List;
import java.util.function.IntPredicate;
import tools.jackson.databind.JsonNode;

/** EXAONE 4.0. arXiv:2507.11407, section 2.1. */
public final class Exaone4 {
  /** {@code exaone4}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("exaone4", "Exaone4ForCausalLM", "model", Config::parse, Exaone4::build);

  /**
   * EXAONE 4: norms of what attention and MLP put out, and of each head of queries and keys; layers
   * with a window rotate, the others do not.
   *
   * @param kinds what each layer sees, and whether it rotates
   * @param dropout probability to drop an attention weight, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      List<LayerKind> kinds,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-5),
          kinds(json, sizes),
          json.dropoutOr("attention_dropout", 0));
    }

    /** A model without any window rotates everywhere. */
    private static List<LayerKind> kinds(ConfigReader json, DecoderSizes sizes) {
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
      int window = LayerKind.parseWindow(json, 4096);
      if (window == 0) {
        return LayerKind.alike(sizes.numLayers(), LayerKind.full(rope));
      }
      return LayerKind.parse(
          json, sizes.numLayers(), slides(json), new LayerKind(window, rope), LayerKind.full(null));
    }

    /** The pattern is a period, or letters: L for layers with a window, G for the others. */
    private static IntPredicate slides(ConfigReader json) {
      JsonNode pattern = json.json().path("sliding_window_pattern");
      if (pattern.isString() && pattern.stringValue().matches("[LG]+")) {
        String letters = pattern.stringValue();
        return layer -> letters.charAt(layer % letters.length()) == 'L';
      }
      int period = json.intOr("sliding_window_pattern", 4, 1, Integer.MAX_VALUE);
      return layer -> (layer + 1) % period != 0;
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Exaone4(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Exaone4 exaone = new Exaone4(config);
    return new Stack(
        exaone.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), exaone::block),
        exaone.parts.rmsNorm(source.at("norm"), config.normEps()));
  }

  private Block block(int layer, ParameterSource source) {
    return new OutputNormBlock(
        attention(config, parts, layer, source.at("self_attn")),
        parts.rmsNorm(source.at("post_attention_layernorm"), config.normEps()),
        parts.gatedMlp(source.at("mlp"), config.activation(), false),
        parts.rmsNorm(source.at("post_feedforward_layernorm"), config.normEps()),
        Residual.of(layer, 0));
  }

  /** Attention of EXAONE, with or without experts beside it. */
  static SelfAttention attention(
      Config config, DecoderParts parts, int layer, ParameterSource source) {
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(source, false),
        parts.qkNorm(source.at("q_norm"), config.normEps()),
        parts.qkNorm(source.at("k_norm"), config.normEps()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.oProj(source, false));
  }
}
