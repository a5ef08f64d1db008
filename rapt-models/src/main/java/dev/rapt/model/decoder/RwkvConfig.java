package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.HeadRule;

/**
 * RWKV-4.
 *
 * @param attentionSize width of the keys and values of time mixing
 * @param intermediateSize width inside channel mixing
 * @param contextLength positions the model was trained on; it goes on beyond
 */
public record RwkvConfig(
    int vocabSize,
    int hiddenSize,
    int numLayers,
    int attentionSize,
    int intermediateSize,
    int contextLength,
    float normEps,
    boolean tiedHead,
    double initStd)
    implements CausalConfig {

  /** Reads a config.json. */
  public static RwkvConfig parse(ConfigReader json) {
    int hiddenSize = json.requireInt("hidden_size", 1, Integer.MAX_VALUE / 4);
    return new RwkvConfig(
        json.requireInt("vocab_size", 1, Integer.MAX_VALUE),
        hiddenSize,
        json.requireInt("num_hidden_layers", 1, Integer.MAX_VALUE),
        json.intOr("attention_hidden_size", hiddenSize, 1, Integer.MAX_VALUE),
        json.intOr("intermediate_size", 4 * hiddenSize, 1, Integer.MAX_VALUE),
        json.intOr("context_length", 1024, 1, Integer.MAX_VALUE),
        json.epsilonOr("layer_norm_epsilon", 1e-5),
        json.boolOr("tie_word_embeddings", false),
        json.atLeastZeroOr("initializer_range", 0.02));
  }

  @Override
  public String modelType() {
    return "rwkv";
  }

  /** 0: there is no attention. */
  @Override
  public int numHeads() {
    return 0;
  }

  /** 0: there is no attention. */
  @Override
  public int headDim() {
    return 0;
  }

  @Override
  public int maxPositions() {
    return contextLength;
  }

  @Override
  public boolean endsAtMaxPositions() {
    return false;
  }

  @Override
  public HeadRule head() {
    return HeadRule.named("head");
  }
}
