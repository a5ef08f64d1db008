package dev.rapt.model.decoder;

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
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.mlp.MoeMlp;
import java.util.Set;
import java.util.TreeSet;

/** HunYuan-A13B and its kin. arXiv:2411.02265, section 2. */
public final class HunYuanMoe {
  /** {@code hunyuan_v1_moe}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>(
          "hunyuan_v1_moe", "HunYuanMoEV1ForCausalLM", "model", Config::parse, HunYuanMoe::build);

  /** HunYuan with experts in every layer, beside an MLP that all tokens share. */
  public record Config(HunYuan.Config base, Mixture mixture) implements SizedConfig {
    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      HunYuan.Config base = HunYuan.Config.parse(json);
      int size = base.sizes().intermediateSize();
      int numExperts = json.requireInt("num_experts", 1, 1 << 16);
      int topK = alike(json, "moe_topk", 1);
      requireAlike(json, "moe_intermediate_size", size);
      requireAlike(json, "num_shared_expert", 1);
      if (json.boolOr("use_cla", false)) {
        throw json.error(
            "use_cla", "must be false, since layers that share keys are not supported");
      }
      return new Config(
          base, new Mixture(numExperts, topK, size, Mixture.SOFTMAX, RouterLoss.parse(json, topK)));
    }

    /** A number, or the same number for every layer. */
    private static int alike(ConfigReader json, String key, int absent) {
      Set<Integer> values = new TreeSet<>(json.ints(key));
      if (values.size() > 1) {
        throw json.error(key, "must be the same in all layers, got " + values);
      }
      return values.stream().findFirst().orElse(absent);
    }

    private static void requireAlike(ConfigReader json, String key, int wanted) {
      int value = alike(json, key, wanted);
      if (value != wanted) {
        throw json.error(key, "must be %d, got %d".formatted(wanted, value));
      }
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
  }

  private HunYuanMoe() {}

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    HunYuan.Config base = config.base();
    DecoderParts parts = DecoderParts.of(config.sizes());
    MixtureParts mixture = new MixtureParts(config.sizes(), config.mixture());
    return PreNormDecoder.of(
            parts,
            norm -> parts.rmsNorm(norm, base.normEps()),
            (layer, block) -> HunYuan.attention(base, parts, layer, block.at("self_attn")),
            (_, block) -> experts(parts, mixture, base.activation(), block.at("mlp")))
        .build(source);
  }

  private static MoeMlp experts(
      DecoderParts parts, MixtureParts mixture, Activation activation, ParameterSource source) {
    return new MoeMlp(
        mixture.router(source.at("gate").at("wg"), false),
        mixture.experts(source.at("experts"), activation),
        parts.gatedMlp(source.at("shared_mlp"), activation, false),
        null);
  }
}
