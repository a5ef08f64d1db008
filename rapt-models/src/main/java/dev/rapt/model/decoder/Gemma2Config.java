package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.LayerRopes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gemma 2 and the text part of Gemma 3: norms before and after attention and MLP, windows in most
 * layers; soft caps in the one, norms of queries and keys and a second rotation in the other.
 *
 * @param embeddingScale factor of the tokens' vectors
 * @param kinds what each layer sees, and its rotation
 * @param scoreScale factor of attention scores
 * @param scoreCap bound of attention scores; 0 for none
 * @param logitCap bound of logits; 0 for none
 * @param headNorms whether each head of queries and keys is normalised
 * @param attentionBias whether the projections of attention have biases
 * @param dropout probability to drop an attention weight, in training
 */
public record Gemma2Config(
    String modelType,
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    float embeddingScale,
    List<LayerKind> kinds,
    double scoreScale,
    float scoreCap,
    float logitCap,
    boolean headNorms,
    boolean attentionBias,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json of Gemma 2. */
  public static Gemma2Config parseGemma2(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
    RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
    List<LayerKind> kinds = kinds(json, sizes, 2, new LayerRopes(rope, rope));
    return parse(json, sizes, kinds, cap(json, "attn_logit_softcapping", 50), 30, false);
  }

  /**
   * Reads a config.json of Gemma 3 for text, whose {@code attn_logit_softcapping} has no effect.
   */
  public static Gemma2Config parseGemma3(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
    double localTheta = json.positiveOr("rope_local_base_freq", 1e4);
    LayerRopes ropes = LayerRopes.parse(json, sizes.maxPositions(), 1e6, localTheta);
    int period = json.intOr("sliding_window_pattern", 6, 1, Integer.MAX_VALUE);
    return parse(json, sizes, kinds(json, sizes, period, ropes), 0, 0, true);
  }

  /** Every layer whose number divides by the period is full, unless the file says otherwise. */
  private static List<LayerKind> kinds(
      ConfigReader json, DecoderSizes sizes, int period, LayerRopes ropes) {
    int window = json.intOr("sliding_window", 4096, 1, Integer.MAX_VALUE);
    return LayerKind.parse(
        json,
        sizes.numLayers(),
        layer -> (layer + 1) % period != 0,
        new LayerKind(window, ropes.sliding()),
        LayerKind.full(ropes.full()));
  }

  private static Gemma2Config parse(
      ConfigReader json,
      DecoderSizes sizes,
      List<LayerKind> kinds,
      float scoreCap,
      double logitCap,
      boolean headNorms) {
    GemmaConfig.requireCausal(json);
    return new Gemma2Config(
        json.requireString("model_type"),
        sizes,
        Activations.read(json, "hidden_activation", "gelu_pytorch_tanh"),
        json.epsilonOr("rms_norm_eps", 1e-6),
        GemmaConfig.embeddingScale(json, sizes.hiddenSize()),
        kinds,
        1 / Math.sqrt(json.positiveOr("query_pre_attn_scalar", 256)),
        scoreCap,
        cap(json, "final_logit_softcapping", logitCap),
        headNorms,
        json.boolOr("attention_bias", false),
        json.dropoutOr("attention_dropout", 0));
  }

  /** A bound that null switches off, whatever applies where the file says nothing. */
  private static float cap(ConfigReader json, String key, double defaultCap) {
    return (float) json.atLeastZeroOr(key, json.json().has(key) ? 0 : defaultCap);
  }

  /** The same with another probability to drop an attention weight. */
  public Gemma2Config withDropout(float probability) {
    return new Gemma2Config(
        modelType,
        sizes,
        activation,
        normEps,
        embeddingScale,
        kinds,
        scoreScale,
        scoreCap,
        logitCap,
        headNorms,
        attentionBias,
        probability);
  }

  /** Writes the keys of one of T5Gemma's two parts. */
  public void writeModule(ObjectNode json) {
    sizes.write(json, DecoderSizes.Keys.LLAMA);
    json.put("model_type", modelType)
        .put("vocab_size", sizes.vocabSize())
        .put("initializer_range", sizes.initStd())
        .put("hidden_activation", Activations.name(activation))
        .put("rms_norm_eps", Double.parseDouble(Float.toString(normEps)))
        .put("attention_bias", attentionBias)
        .put("query_pre_attn_scalar", Math.round(1 / (scoreScale * scoreScale)))
        .put("attn_logit_softcapping", scoreCap)
        .put("final_logit_softcapping", logitCap);
    LayerKind.write(json, kinds);
    RopeConfig rope = kinds.getFirst().rope();
    if (rope != null) {
      rope.write(json);
    }
  }

  @Override
  public HeadRule head() {
    return HeadRule.PLAIN.capped(logitCap);
  }
}
