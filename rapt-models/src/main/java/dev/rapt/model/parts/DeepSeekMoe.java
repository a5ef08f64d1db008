package dev.rapt.model.parts;

import dev.rapt.autograd.expert.ExpertChoice;
import dev.rapt.autograd.expert.ExpertWeighting;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.GatedMlp;
import dev.rapt.nn.mlp.MoeMlp;
import dev.rapt.nn.mlp.Router;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * DeepSeekMoE: a mixture of many small experts and of shared experts, after some dense layers. Also
 * used by GLM-4.5, dots.llm1, Solar Open and K-EXAONE. DeepSeekMoE, arXiv:2401.06066; DeepSeek-V3,
 * arXiv:2412.19437, section 2.1.2.
 *
 * <pre>
 * y = shared(h) + sum of w[e] SwiGLU[e](h)               over the top-k experts e, (B, T, D)
 * V2: s = softmax(h Wrouter), top-k of s                 (B, T, X)
 *     w = factor s
 * V3: s = sigmoid(h Wrouter), top-k of s + correction    (B, T, X)
 *     w = factor s / (sum of the chosen s)
 * </pre>
 *
 * With groups, only the experts of the best groups can be chosen (group-limited routing).
 *
 * @param numExperts X
 * @param topK experts per token
 * @param intermediateSize F of an expert
 * @param sharedSize F of all shared experts together, which are one MLP; 0 for none
 * @param scoring what turns the router's logits into scores
 * @param groups groups of experts for group-limited routing
 * @param normalise whether the weights of a token's experts are divided by their sum
 * @param factor of these weights
 * @param sparse whether each layer has experts; the others have a dense MLP
 */
public record DeepSeekMoe(
    int numExperts,
    int topK,
    int intermediateSize,
    int sharedSize,
    Scoring scoring,
    ExpertChoice.Groups groups,
    boolean normalise,
    float factor,
    List<Boolean> sparse) {
  /** What turns the router's logits into scores. */
  public enum Scoring {
    /** A softmax over all experts, as in DeepSeek-V2. */
    SOFTMAX,
    /** A sigmoid each, with a correction bias for the choice of experts, as in DeepSeek-V3. */
    SIGMOID
  }

  /**
   * Defaults of a family, for keys that its config.json leaves out.
   *
   * @param numShared number of shared experts
   * @param factor of the weights of a token's experts
   * @param normalise whether these weights are divided by their sum
   * @param numGroups number of groups of experts
   * @param keptGroups number of groups from which a token's experts are chosen
   * @param numDense layers at the start with a dense MLP
   */
  public record Defaults(
      int numShared,
      double factor,
      boolean normalise,
      int numGroups,
      int keptGroups,
      int numDense) {
    /** DeepSeek V2. */
    public static final Defaults V2 = new Defaults(2, 1, false, 1, 1, 0);

    /** DeepSeek V3 and V3.2. */
    public static final Defaults V3 = new Defaults(1, 2.5, true, 8, 4, 3);

    /** GLM-4.5. */
    public static final Defaults GLM4 = new Defaults(1, 1, true, 1, 1, 1);

    /** GLM-4.7-Flash. */
    public static final Defaults GLM_LITE = new Defaults(1, 1.8, true, 1, 1, 1);

    /** GLM-5. */
    public static final Defaults GLM5 = new Defaults(1, 2.5, true, 1, 1, 3);

    /** K-EXAONE. */
    public static final Defaults EXAONE = new Defaults(1, 2.5, true, 1, 1, 1);

    /** Solar Open. */
    public static final Defaults SOLAR = new Defaults(1, 1, true, 1, 1, 0);

    /** dots.llm1. */
    public static final Defaults DOTS1 = new Defaults(0, 1, false, 1, 1, 0);
  }

  private static final String CORRECTION = "e_score_correction_bias";

  /**
   * Reads the mixture from a config.json.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if a key is missing or not supported
   */
  public static DeepSeekMoe parse(
      ConfigReader json, Scoring scoring, Defaults defaults, int numLayers) {
    requireIfPresent(json, "scoring_func", scoring == Scoring.SIGMOID ? "sigmoid" : "softmax");
    if (json.intOr("moe_layer_freq", 1) != 1) {
      throw json.error("moe_layer_freq", "must be 1, got " + json.intOr("moe_layer_freq", 1));
    }
    int numExperts = json.requireInt("n_routed_experts", 1, 1 << 16);
    int size = json.requireInt("moe_intermediate_size", 1, Integer.MAX_VALUE);
    boolean normalise = json.boolOr("norm_topk_prob", defaults.normalise());
    if (scoring == Scoring.SOFTMAX && normalise) {
      throw json.error("norm_topk_prob", "must be false in DeepSeek-V2, got true");
    }
    return new DeepSeekMoe(
        numExperts,
        json.requireInt("num_experts_per_tok", 1, numExperts),
        size,
        Math.multiplyExact(size, numShared(json, defaults)),
        scoring,
        groups(json, scoring, defaults, numExperts),
        normalise,
        (float) json.doubleOr("routed_scaling_factor", defaults.factor()),
        sparseLayers(json, defaults, numLayers));
  }

  /** An explicit null means no shared experts. */
  private static int numShared(ConfigReader json, Defaults defaults) {
    String key = "n_shared_experts";
    return json.intOr(key, json.json().has(key) ? 0 : defaults.numShared(), 0, 1 << 10);
  }

  private static void requireIfPresent(ConfigReader json, String key, String wanted) {
    String value = json.stringOr(key, wanted);
    if (!value.equals(wanted)) {
      throw json.error(key, "must be " + wanted + ", got " + value);
    }
  }

  private static ExpertChoice.Groups groups(
      ConfigReader json, Scoring scoring, Defaults defaults, int numExperts) {
    boolean grouped =
        switch (scoring) {
          case SIGMOID -> {
            requireIfPresent(json, "topk_method", "noaux_tc");
            yield true;
          }
          case SOFTMAX -> {
            String method = json.stringOr("topk_method", "greedy");
            if (!method.equals("greedy") && !method.equals("group_limited_greedy")) {
              throw json.error(
                  "topk_method", "must be greedy or group_limited_greedy, got " + method);
            }
            yield method.equals("group_limited_greedy");
          }
        };
    int count = grouped ? json.intOr("n_group", defaults.numGroups(), 1, numExperts) : 1;
    if (count == 1) {
      return ExpertChoice.Groups.NONE;
    }
    if (numExperts % count != 0) {
      throw json.error(
          "n_group", "must divide n_routed_experts, got %d and %d".formatted(count, numExperts));
    }
    int kept = json.intOr("topk_group", defaults.keptGroups(), 1, count);
    return new ExpertChoice.Groups(count, kept, scoring == Scoring.SIGMOID ? 2 : 1);
  }

  private static List<Boolean> sparseLayers(ConfigReader json, Defaults defaults, int numLayers) {
    List<String> types = json.strings("mlp_layer_types");
    if (!types.isEmpty() && types.size() != numLayers) {
      throw json.error(
          "mlp_layer_types",
          "must have %d entries, one per layer, got %d".formatted(numLayers, types.size()));
    }
    int firstSparse =
        json.intOr("first_k_dense_replace", defaults.numDense(), 0, Integer.MAX_VALUE);
    List<Boolean> sparse = new ArrayList<>();
    for (int layer = 0; layer < numLayers; layer++) {
      sparse.add(types.isEmpty() ? layer >= firstSparse : types.get(layer).equals("sparse"));
    }
    return List.copyOf(sparse);
  }

  /**
   * Builds the MLP of a layer: experts, or a dense SwiGLU of the decoder's intermediate size.
   *
   * @param layer index of the layer, from 0
   * @param source parameters {@code mlp} of the layer
   * @param sizes of the decoder
   * @param activation of the gates, commonly SiLU
   * @param bias whether the dense MLP and the shared experts have biases
   */
  public Layer mlp(
      int layer, ParameterSource source, DecoderSizes sizes, Activation activation, boolean bias) {
    if (!sparse.get(layer)) {
      return gatedMlp(source, sizes.intermediateSize(), sizes, activation, bias);
    }
    return new MoeMlp(
        router(source, sizes),
        ExpertMlp.Gated.of(
            source.at("experts"),
            ExpertMlp.Gated.Names.PROJ,
            numExperts,
            sizes.hiddenSize(),
            intermediateSize,
            activation,
            sizes.initStd(),
            sizes.residualStd()),
        shared(source.at("shared_experts"), sizes, activation, bias),
        null);
  }

  private @Nullable Layer shared(
      ParameterSource source, DecoderSizes sizes, Activation activation, boolean bias) {
    return sharedSize == 0 ? null : gatedMlp(source, sharedSize, sizes, activation, bias);
  }

  private static GatedMlp gatedMlp(
      ParameterSource source,
      int intermediateSize,
      DecoderSizes sizes,
      Activation activation,
      boolean bias) {
    return GatedMlp.of(
        source,
        sizes.hiddenSize(),
        intermediateSize,
        activation,
        bias,
        sizes.initStd(),
        sizes.residualStd());
  }

  private Router router(ParameterSource mlp, DecoderSizes sizes) {
    ParameterSource source = mlp.at("gate");
    ExpertChoice choice =
        switch (scoring) {
          case SOFTMAX -> new ExpertChoice(topK, ExpertChoice.Score.LOGIT, null, groups);
          case SIGMOID -> {
            ParameterSource at = source.has(CORRECTION) || !mlp.has(CORRECTION) ? source : mlp;
            Parameter correction = at.get(CORRECTION, Init.ZEROS, numExperts);
            yield new ExpertChoice(topK, ExpertChoice.Score.SIGMOID, correction.value(), groups);
          }
        };
    ExpertWeighting weighting =
        switch (scoring) {
          case SOFTMAX -> new ExpertWeighting.Softmax(normalise, factor);
          case SIGMOID -> new ExpertWeighting.Sigmoid(normalise, factor);
        };
    return Router.of(
        source, sizes.hiddenSize(), numExperts, false, sizes.initStd(), choice, weighting);
  }
}
