package dev.rapt.model.config;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.nn.RopeScaling;
import tools.jackson.databind.node.ObjectNode;

/**
 * Llama 1 to 3: rotary positions, RMS norm, grouped-query attention, gated MLP.
 *
 * @param numKvHeads G, divides the query heads
 * @param headDim E, not necessarily hiddenSize / numHeads
 * @param attentionBias whether the projections of attention have biases
 * @param mlpBias whether the layers of the MLP have biases
 * @param dropout probability after projections and in attention, in training
 */
public record LlamaConfig(
    int vocabSize,
    int hiddenSize,
    int numLayers,
    int numHeads,
    int numKvHeads,
    int headDim,
    int intermediateSize,
    int maxPositions,
    Activation activation,
    float normEps,
    double ropeTheta,
    RopeScaling ropeScaling,
    boolean attentionBias,
    boolean mlpBias,
    boolean tiedHead,
    double initStd,
    float dropout)
    implements ModelConfig {
  /** The {@code model_type}. */
  public static final String MODEL_TYPE = "llama";

  public LlamaConfig {
    if (numHeads % numKvHeads != 0) {
      throw new IllegalArgumentException(
          "num_key_value_heads must divide num_attention_heads, got %d and %d"
              .formatted(numKvHeads, numHeads));
    }
  }

  /** A configuration with the choices of the published models. */
  public static LlamaConfig of(
      int vocabSize,
      int hiddenSize,
      int numLayers,
      int numHeads,
      int numKvHeads,
      int intermediateSize,
      int maxPositions) {
    if (hiddenSize % numHeads != 0) {
      throw new IllegalArgumentException(
          "the number of heads must divide the width, got %d and %d"
              .formatted(numHeads, hiddenSize));
    }
    return new LlamaConfig(
        vocabSize,
        hiddenSize,
        numLayers,
        numHeads,
        numKvHeads,
        hiddenSize / numHeads,
        intermediateSize,
        maxPositions,
        Activation.SILU,
        1e-5f,
        10000,
        new RopeScaling.None(),
        false,
        false,
        false,
        0.02,
        0);
  }

  /** Reads a config.json. */
  public static LlamaConfig parse(ConfigReader json) {
    int hiddenSize = json.requireInt("hidden_size", 1, Integer.MAX_VALUE);
    int numHeads = json.requireInt("num_attention_heads", 1, Integer.MAX_VALUE);
    int numKvHeads = json.intOr("num_key_value_heads", numHeads, 1, Integer.MAX_VALUE);
    if (numHeads % numKvHeads != 0) {
      throw json.error(
          "num_key_value_heads",
          "must divide num_attention_heads, got " + numKvHeads + " and " + numHeads);
    }
    int headDim = json.intOr("head_dim", 0, 0, 1 << 16);
    if (headDim == 0) {
      if (hiddenSize % numHeads != 0) {
        throw json.error(
            "num_attention_heads",
            "must divide hidden_size when there is no head_dim, got "
                + numHeads
                + " and "
                + hiddenSize);
      }
      headDim = hiddenSize / numHeads;
    }
    int maxPositions = json.intOr("max_position_embeddings", 2048, 1, Integer.MAX_VALUE);
    RopeConfig rope = RopeConfig.parse(json, maxPositions);
    return new LlamaConfig(
        json.requireInt("vocab_size", 1, Integer.MAX_VALUE),
        hiddenSize,
        json.requireInt("num_hidden_layers", 1, Integer.MAX_VALUE),
        numHeads,
        numKvHeads,
        headDim,
        json.requireInt("intermediate_size", 1, Integer.MAX_VALUE),
        maxPositions,
        Activations.read(json, "hidden_act", "silu"),
        (float) json.doubleOr("rms_norm_eps", 1e-6),
        rope.theta(),
        rope.scaling(),
        json.boolOr("attention_bias", false),
        json.boolOr("mlp_bias", false),
        json.boolOr("tie_word_embeddings", false),
        json.doubleOr("initializer_range", 0.02),
        (float) json.doubleOr("attention_dropout", 0));
  }

  @Override
  public void write(ObjectNode json) {
    json.put("hidden_size", hiddenSize)
        .put("num_hidden_layers", numLayers)
        .put("num_attention_heads", numHeads)
        .put("num_key_value_heads", numKvHeads)
        .put("head_dim", headDim)
        .put("intermediate_size", intermediateSize)
        .put("max_position_embeddings", maxPositions)
        .put("hidden_act", Activations.name(activation))
        .put("rms_norm_eps", Double.parseDouble(Float.toString(normEps)))
        .put("attention_bias", attentionBias)
        .put("mlp_bias", mlpBias)
        .put("attention_dropout", Double.parseDouble(Float.toString(dropout)));
    new RopeConfig(ropeTheta, ropeScaling).write(json);
  }

  @Override
  public String modelType() {
    return MODEL_TYPE;
  }

  @Override
  public boolean endsAtMaxPositions() {
    return false;
  }

  @Override
  public LlamaConfig withVocabSize(int size) {
    return new LlamaConfig(
        size,
        hiddenSize,
        numLayers,
        numHeads,
        numKvHeads,
        headDim,
        intermediateSize,
        maxPositions,
        activation,
        normEps,
        ropeTheta,
        ropeScaling,
        attentionBias,
        mlpBias,
        tiedHead,
        initStd,
        dropout);
  }
}
