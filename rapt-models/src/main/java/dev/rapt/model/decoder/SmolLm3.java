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
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import java.util.ArrayList;
import java.util.List;

/**
 * SmolLM3: a pre-norm decoder with RMSNorm, half-split RoPE in three of four layers, GQA and
 * SwiGLU. SmolLM3, Hugging Face 2025.
 *
 * <pre>
 * As {@link Llama}, but every fourth layer has no position encoding (NoPE, arXiv:2501.18795):
 * q = h Wq, k = h Wk
 * </pre>
 */
public final class SmolLm3 {
  /** {@code smollm3}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("smollm3", "SmolLM3ForCausalLM", "model", Config::parse, SmolLm3::build);

  /**
   * Configuration of SmolLM3.
   *
   * @param kinds sliding window and RoPE of each layer, or no RoPE
   * @param attentionBias whether the projections of attention have biases
   * @param mlpBias whether the projections of the MLP have biases
   * @param dropout attention dropout, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      List<LayerKind> kinds,
      boolean attentionBias,
      boolean mlpBias,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
      return new Config(
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-6),
          kinds(json, sizes),
          json.boolOr("attention_bias", false),
          json.boolOr("mlp_bias", false),
          json.dropoutOr("attention_dropout", 0));
    }

    private static List<LayerKind> kinds(ConfigReader json, DecoderSizes sizes) {
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions(), 2e6);
      List<Boolean> rotates = rotates(json, sizes.numLayers());
      int window = json.boolOr("use_sliding_window", false) ? LayerKind.parseWindow(json) : 0;
      List<LayerKind> kinds =
          LayerKind.parse(
              json,
              sizes.numLayers(),
              layer -> window != 0 && !rotates.get(layer),
              new LayerKind(window, rope),
              LayerKind.full(rope));
      List<LayerKind> all = new ArrayList<>();
      for (int layer = 0; layer < sizes.numLayers(); layer++) {
        LayerKind kind = kinds.get(layer);
        all.add(rotates.get(layer) ? kind : kind.withoutRope());
      }
      return List.copyOf(all);
    }

    /** Reads which layers have RoPE: despite its name, {@code no_rope_layers} marks them with 1. */
    public static List<Boolean> rotates(ConfigReader json, int numLayers) {
      List<Integer> flags = json.ints("no_rope_layers");
      if (!flags.isEmpty() && flags.size() < numLayers) {
        throw json.error(
            "no_rope_layers", "must name %d layers, got %d".formatted(numLayers, flags.size()));
      }
      int interval = json.intOr("no_rope_layer_interval", 4, 1, Integer.MAX_VALUE);
      List<Boolean> rotates = new ArrayList<>();
      for (int layer = 0; layer < numLayers; layer++) {
        rotates.add(flags.isEmpty() ? (layer + 1) % interval != 0 : flags.get(layer) != 0);
      }
      return rotates;
    }

    @Override
    public String modelType() {
      return "smollm3";
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private SmolLm3(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** Builds the model without its head from the parameters under {@code model}. */
  public static Backbone build(Config config, ParameterSource source) {
    return new SmolLm3(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, config.normEps()),
        this::attention,
        (_, layer) -> parts.gatedMlp(layer.at("mlp"), config.activation(), config.mlpBias()));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    ParameterSource self = source.at("self_attn");
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(self, config.attentionBias()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.oProj(self, config.attentionBias()));
  }
}
