package dev.rapt.model.afmoe;

import dev.rapt.autograd.expert.ExpertWeighting;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import java.util.List;

/**
 * AFMoE: gated attention, windows in most layers, which alone rotate, experts behind the first
 * layers.
 *
 * @param kinds what each layer sees, and whether it rotates
 * @param embeddingScale factor of the tokens' vectors
 * @param attentionBias whether the projections of attention have biases
 * @param sharedSize F of all shared experts together, which are one MLP; 0 for none
 * @param numDense layers without experts, which come first
 * @param dropout probability to drop an attention weight, in training
 */
public record AfmoeConfig(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    List<LayerKind> kinds,
    float embeddingScale,
    boolean attentionBias,
    Mixture mixture,
    int sharedSize,
    int numDense,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static AfmoeConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    float routeScale = (float) json.doubleOr("route_scale", 1);
    Mixture mixture =
        Mixture.parse(json, "moe_intermediate_size", new ExpertWeighting.Sigmoid(true, routeScale));
    int numShared = json.intOr("num_shared_experts", 2, 0, 1 << 10);
    return new AfmoeConfig(
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        json.epsilonOr("rms_norm_eps", 1e-5),
        kinds(json, sizes),
        json.boolOr("mup_enabled", false) ? (float) Math.sqrt(sizes.hiddenSize()) : 1,
        json.boolOr("attention_bias", false),
        mixture,
        Math.multiplyExact(mixture.intermediateSize(), numShared),
        json.intOr("num_dense_layers", 1, 0, Integer.MAX_VALUE),
        json.dropoutOr("attention_dropout", 0));
  }

  private static List<LayerKind> kinds(ConfigReader json, DecoderSizes sizes) {
    RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
    int window = json.intOr("sliding_window", 1024, 1, Integer.MAX_VALUE);
    int period = json.intOr("global_attn_every_n_layers", 4, 1, Integer.MAX_VALUE);
    return LayerKind.parse(
        json,
        sizes.numLayers(),
        layer -> (layer + 1) % period != 0,
        new LayerKind(window, rope),
        LayerKind.full(null));
  }

  @Override
  public String modelType() {
    return "afmoe";
  }

  @Override
  public RouterLoss routerLoss() {
    return mixture.routerLoss();
  }
}
