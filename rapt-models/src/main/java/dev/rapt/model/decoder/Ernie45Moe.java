package dev.rapt.model.decoder;

import dev.rapt.autograd.expert.ExpertChoice;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.mlp.MoeMlp;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** ERNIE 4.5 with experts. ERNIE 4.5 Technical Report, Baidu 2025, section 2. */
public final class Ernie45Moe {
  /** {@code ernie4_5_moe}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>(
          "ernie4_5_moe", "Ernie4_5_MoeForCausalLM", "model", Config::parse, Ernie45Moe::build);

  /**
   * ERNIE 4.5 with experts: probabilities, with a learned correction for the choice alone.
   *
   * @param sharedSize F of all shared experts together, which are one MLP; 0 for none
   * @param sparse whether each layer has experts
   */
  public record Config(Ernie45.Config base, Mixture mixture, int sharedSize, List<Boolean> sparse)
      implements SizedConfig {
    /** Below this, the least sum that weights are divided by makes no difference. */
    private static final double NO_DIFFERENCE = 1e-6;

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      Ernie45.Config base = Ernie45.Config.parseErnie(json);
      double normMin = json.doubleOr("moe_norm_min", 1e-12);
      if (!(normMin <= NO_DIFFERENCE)) {
        throw json.error("moe_norm_min", "must be at most 1e-6, got " + normMin);
      }
      int numExperts = json.requireInt("moe_num_experts", 1, 1 << 16);
      int topK = json.requireInt("moe_k", 1, numExperts);
      int size = json.requireInt("moe_intermediate_size", 1, Integer.MAX_VALUE);
      return new Config(
          base,
          new Mixture(numExperts, topK, size, Mixture.SOFTMAX, RouterLoss.parse(json, topK)),
          Math.multiplyExact(size, json.intOr("moe_num_shared_experts", 2, 0, 1 << 10)),
          sparseLayers(json, base.numLayers()));
    }

    private static List<Boolean> sparseLayers(ConfigReader json, int numLayers) {
      int first = json.intOr("moe_layer_start_index", 1, 0, Integer.MAX_VALUE);
      int end = json.intOr("moe_layer_end_index", -1, -1, Integer.MAX_VALUE);
      int last = end == -1 ? numLayers - 1 : end;
      int step = json.intOr("moe_layer_interval", 1, 1, Integer.MAX_VALUE);
      return IntStream.range(0, numLayers)
          .mapToObj(layer -> (layer + 1) % step == 0 && layer >= first && layer <= last)
          .toList();
    }

    @Override
    public String modelType() {
      return base.modelType();
    }

    @Override
    public DecoderSizes sizes() {
      return base.sizes();
    }

    @Override
    public RouterLoss routerLoss() {
      return mixture.routerLoss();
    }

    @Override
    public List<Pattern> unusedTensors() {
      return List.of(Pattern.compile("(model\\.)?mtp_.*")); // predict further tokens
    }
  }

  private final Config config;
  private final DecoderParts parts;
  private final MixtureParts mixture;

  private Ernie45Moe(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes()).interleavedRope();
    mixture = new MixtureParts(config.sizes(), config.mixture());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    return new Ernie45Moe(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    Ernie45.Config base = config.base();
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, base.normEps()),
        (layer, source) -> Ernie45.attention(base, parts, layer, source.at("self_attn")),
        (layer, source) -> mlp(layer, source.at("mlp")));
  }

  private Layer mlp(int layer, ParameterSource source) {
    Activation activation = config.base().activation();
    boolean bias = config.base().mlpBias();
    if (!config.sparse().get(layer)) {
      return parts.gatedMlp(source, activation, bias);
    }
    Parameter correction =
        source
            .at("moe_statics")
            .get("e_score_correction_bias", Init.ZEROS, 1, config.mixture().numExperts());
    return new MoeMlp(
        mixture.router(source.at("gate"), ExpertChoice.Score.SOFTMAX, correction),
        mixture.experts(source.at("experts"), activation),
        config.sharedSize() == 0
            ? null
            : mixture.sharedExpert(
                source.at("shared_experts"), config.sharedSize(), activation, bias),
        null);
  }
}
