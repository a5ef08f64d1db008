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
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.MoeMlp;
import dev.rapt.nn.mlp.Router;
import java.util.ArrayList;
import java.util.List;

/** Qwen 1.5, 2 and 3 with experts. arXiv:2407.10671, section 2.2.2; arXiv:2505.09388, section 2. */
public final class QwenMoe {
  /** {@code qwen2_moe}. */
  public static final Family<Config, Backbone> QWEN2_MOE =
      new Family<>("qwen2_moe", "Qwen2MoeForCausalLM", "model", Config::parseQwen2, QwenMoe::build);

  /** {@code qwen3_moe}. */
  public static final Family<Config, Backbone> QWEN3_MOE =
      new Family<>("qwen3_moe", "Qwen3MoeForCausalLM", "model", Config::parseQwen3, QwenMoe::build);

  /**
   * Qwen 1.5, 2 and 3 with experts.
   *
   * @param sharedSize F of the expert that all tokens share; 0 for none
   * @param sparse whether each layer has experts
   */
  public record Config(Qwen.Config base, Mixture mixture, int sharedSize, List<Boolean> sparse)
      implements SizedConfig {

    /** Reads a config.json of Qwen 1.5 or 2 with experts. */
    public static Config parseQwen2(ConfigReader json) {
      int firstFull = json.intOr("max_window_layers", 28, 0, Integer.MAX_VALUE);
      Qwen.Config base =
          Qwen.Config.parseQwen2(
              json,
              json.boolOr("qkv_bias", true),
              layer -> layer % 2 == 0 && layer < firstFull); // the other way round than in Qwen 2
      return parse(
          json, base, json.requireInt("shared_expert_intermediate_size", 1, Integer.MAX_VALUE));
    }

    /** Reads a config.json of Qwen 3 with experts. */
    public static Config parseQwen3(ConfigReader json) {
      Qwen.Config base = Qwen.Config.parseQwen3(json, _ -> true); // a window is that of all layers
      return parse(json, base, 0);
    }

    private static Config parse(ConfigReader json, Qwen.Config base, int sharedSize) {
      return new Config(
          base,
          Mixture.parse(json, "moe_intermediate_size", Mixture.parseSoftmax(json)),
          sharedSize,
          sparseLayers(json, base.numLayers()));
    }

    /** Whether each layer has experts in place of an MLP. */
    static List<Boolean> sparseLayers(ConfigReader json, int numLayers) {
      List<Integer> dense = json.ints("mlp_only_layers");
      int step = json.intOr("decoder_sparse_step", 1, 1, Integer.MAX_VALUE);
      List<Boolean> sparse = new ArrayList<>();
      for (int layer = 0; layer < numLayers; layer++) {
        sparse.add(!dense.contains(layer) && (layer + 1) % step == 0);
      }
      return List.copyOf(sparse);
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

  private final Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;
  private final MixtureParts mixture;

  private QwenMoe(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
    mixture = new MixtureParts(sizes, config.mixture());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    return new QwenMoe(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    Qwen.Config base = config.base();
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, base.normEps()),
        (layer, source) -> Qwen.attention(base, parts, layer, source.at("self_attn")),
        (layer, source) -> mlp(layer, source.at("mlp")));
  }

  private Layer mlp(int layer, ParameterSource source) {
    Qwen.Config base = config.base();
    if (!config.sparse().get(layer)) {
      return parts.gatedMlp(source, base.activation(), false);
    }
    return experts(sizes, mixture, base.activation(), config.sharedSize(), source);
  }

  /**
   * Experts, and beside them the gated one that all tokens share.
   *
   * @param sharedSize width inside the shared expert; 0 for none
   */
  static MoeMlp experts(
      DecoderSizes sizes,
      MixtureParts mixture,
      Activation activation,
      int sharedSize,
      ParameterSource source) {
    Router router = mixture.router(source.at("gate"), false);
    ExpertMlp experts = mixture.experts(source.at("experts"), activation);
    if (sharedSize == 0) {
      return new MoeMlp(router, experts);
    }
    return new MoeMlp(
        router,
        experts,
        mixture.sharedExpert(source.at("shared_expert"), sharedSize, activation, false),
        Linear.of(source.at("shared_expert_gate"), sizes.hiddenSize(), 1, false, sizes.initStd()));
  }
}
