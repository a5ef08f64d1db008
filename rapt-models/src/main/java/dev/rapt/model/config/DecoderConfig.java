package dev.rapt.model.config;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.nn.Norm;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/**
 * A decoder put together from parts, for combinations that no published family has. Its folder
 * loads in Rapt; the Python library knows no such model.
 *
 * @param numKvHeads G, divides the query heads
 * @param positions how order is told
 * @param ropeTheta base of the rotary frequencies
 * @param window keys that a query looks back over, itself included; 0 for all
 * @param norm which normalisation
 * @param postNorm whether each sum is normalised (arXiv:1706.03762) instead of each input
 * @param gated whether the MLP has a gate
 * @param bias whether linear layers have biases
 * @param dropout probability after embeddings, projections and in attention, in training
 */
public record DecoderConfig(
    int vocabSize,
    int hiddenSize,
    int numLayers,
    int numHeads,
    int numKvHeads,
    int intermediateSize,
    int maxPositions,
    PositionEncoding positions,
    double ropeTheta,
    int window,
    Norm.Kind norm,
    boolean postNorm,
    float normEps,
    Activation activation,
    boolean gated,
    boolean bias,
    boolean tiedHead,
    double initStd,
    float dropout)
    implements ModelConfig {
  /** The {@code model_type}. */
  public static final String MODEL_TYPE = "rapt-decoder";

  public DecoderConfig {
    requireDivides("heads must divide the width", numHeads, hiddenSize);
    requireDivides("key-value heads must divide heads", numKvHeads, numHeads);
    if (positions == PositionEncoding.ROPE && hiddenSize / numHeads % 2 != 0) {
      throw new IllegalArgumentException(
          "rotary positions need heads of even width, got " + hiddenSize / numHeads);
    }
  }

  private static void requireDivides(String rule, int divisor, int number) {
    if (divisor < 1 || number % divisor != 0) {
      throw new IllegalArgumentException(rule + ", got %d and %d".formatted(divisor, number));
    }
  }

  /** Reads a config.json. */
  public static DecoderConfig parse(ConfigReader json) {
    int numHeads = json.requireInt("num_attention_heads", 1, Integer.MAX_VALUE);
    int hiddenSize = json.requireInt("hidden_size", 1, Integer.MAX_VALUE);
    try {
      return new DecoderConfig(
          json.requireInt("vocab_size", 1, Integer.MAX_VALUE),
          hiddenSize,
          json.requireInt("num_hidden_layers", 1, Integer.MAX_VALUE),
          numHeads,
          json.intOr("num_key_value_heads", numHeads, 1, Integer.MAX_VALUE),
          json.intOr("intermediate_size", 4 * hiddenSize, 1, Integer.MAX_VALUE),
          json.requireInt("max_position_embeddings", 1, Integer.MAX_VALUE),
          oneOf(json, "position_encoding", PositionEncoding.class),
          json.doubleOr("rope_theta", 10000),
          json.intOr("sliding_window", 0, 0, Integer.MAX_VALUE),
          oneOf(json, "norm", Norm.Kind.class),
          json.boolOr("post_norm", false),
          (float) json.doubleOr("norm_eps", 1e-5),
          Activations.read(json, "hidden_act", "gelu_new"),
          json.boolOr("gated_mlp", false),
          json.boolOr("bias", true),
          json.boolOr("tie_word_embeddings", true),
          json.doubleOr("initializer_range", 0.02),
          (float) json.doubleOr("dropout", 0));
    } catch (IllegalArgumentException e) {
      throw json.error("num_attention_heads", String.valueOf(e.getMessage()));
    }
  }

  private static <E extends Enum<E>> E oneOf(ConfigReader json, String key, Class<E> type) {
    String name = json.requireString(key);
    for (E constant : type.getEnumConstants()) {
      if (label(constant).equals(name)) {
        return constant;
      }
    }
    String known =
        Arrays.stream(type.getEnumConstants())
            .map(DecoderConfig::label)
            .collect(Collectors.joining(", "));
    throw json.error(key, "must be one of " + known + ", got " + name);
  }

  private static String label(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public void write(ObjectNode json) {
    json.put("hidden_size", hiddenSize)
        .put("num_hidden_layers", numLayers)
        .put("num_attention_heads", numHeads)
        .put("num_key_value_heads", numKvHeads)
        .put("intermediate_size", intermediateSize)
        .put("max_position_embeddings", maxPositions)
        .put("position_encoding", label(positions))
        .put("rope_theta", ropeTheta)
        .put("sliding_window", window)
        .put("norm", label(norm))
        .put("post_norm", postNorm)
        .put("norm_eps", Double.parseDouble(Float.toString(normEps)))
        .put("hidden_act", Activations.name(activation))
        .put("gated_mlp", gated)
        .put("bias", bias)
        .put("dropout", Double.parseDouble(Float.toString(dropout)));
  }

  @Override
  public String modelType() {
    return MODEL_TYPE;
  }

  @Override
  public boolean endsAtMaxPositions() {
    return positions == PositionEncoding.LEARNED;
  }

  @Override
  public int headDim() {
    return hiddenSize / numHeads;
  }

  @Override
  public DecoderConfig withVocabSize(int size) {
    return new DecoderConfig(
        size,
        hiddenSize,
        numLayers,
        numHeads,
        numKvHeads,
        intermediateSize,
        maxPositions,
        positions,
        ropeTheta,
        window,
        norm,
        postNorm,
        normEps,
        activation,
        gated,
        bias,
        tiedHead,
        initStd,
        dropout);
  }
}
