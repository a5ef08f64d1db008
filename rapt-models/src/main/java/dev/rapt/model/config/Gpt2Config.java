package dev.rapt.model.config;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import tools.jackson.databind.node.ObjectNode;

/**
 * GPT-2: learned positions, pre-norm blocks, one MLP with a plain activation.
 *
 * @param scaleByLayer whether attention scores are divided by the layer's number, too
 * @param dropout probability after embeddings, projections and in attention, in training
 */
public record Gpt2Config(
    int vocabSize,
    int hiddenSize,
    int numLayers,
    int numHeads,
    int intermediateSize,
    int maxPositions,
    Activation activation,
    float normEps,
    boolean tiedHead,
    boolean scaleScores,
    boolean scaleByLayer,
    double initStd,
    float dropout)
    implements ModelConfig {
  /** The {@code model_type}. */
  public static final String MODEL_TYPE = "gpt2";

  public Gpt2Config {
    if (hiddenSize % numHeads != 0) {
      throw new IllegalArgumentException(
          "n_head must divide n_embd, got %d and %d".formatted(numHeads, hiddenSize));
    }
  }

  /** A configuration with the choices of the published models. */
  public static Gpt2Config of(
      int vocabSize, int hiddenSize, int numLayers, int numHeads, int maxPositions) {
    return new Gpt2Config(
        vocabSize,
        hiddenSize,
        numLayers,
        numHeads,
        4 * hiddenSize,
        maxPositions,
        Activation.GELU_TANH,
        1e-5f,
        true,
        true,
        false,
        0.02,
        0);
  }

  /** Reads a config.json. */
  public static Gpt2Config parse(ConfigReader json) {
    int hiddenSize = json.requireInt("n_embd", 1, Integer.MAX_VALUE);
    int numHeads = json.requireInt("n_head", 1, Integer.MAX_VALUE);
    if (hiddenSize % numHeads != 0) {
      throw json.error("n_head", "must divide n_embd, got " + numHeads + " and " + hiddenSize);
    }
    return new Gpt2Config(
        json.requireInt("vocab_size", 1, Integer.MAX_VALUE),
        hiddenSize,
        json.requireInt("n_layer", 1, Integer.MAX_VALUE),
        numHeads,
        json.intOr("n_inner", 4 * hiddenSize, 1, Integer.MAX_VALUE),
        json.intOr("n_positions", 1024, 1, Integer.MAX_VALUE),
        Activations.read(json, "activation_function", "gelu_new"),
        (float) json.doubleOr("layer_norm_epsilon", 1e-5),
        json.boolOr("tie_word_embeddings", true),
        json.boolOr("scale_attn_weights", true),
        json.boolOr("scale_attn_by_inverse_layer_idx", false),
        json.doubleOr("initializer_range", 0.02),
        (float) json.doubleOr("resid_pdrop", 0.1));
  }

  @Override
  public void write(ObjectNode json) {
    json.put("n_embd", hiddenSize)
        .put("n_layer", numLayers)
        .put("n_head", numHeads)
        .put("n_inner", intermediateSize)
        .put("n_positions", maxPositions)
        .put("activation_function", Activations.name(activation))
        .put("layer_norm_epsilon", Double.parseDouble(Float.toString(normEps)))
        .put("scale_attn_weights", scaleScores)
        .put("scale_attn_by_inverse_layer_idx", scaleByLayer)
        .put("resid_pdrop", Double.parseDouble(Float.toString(dropout)))
        .put("embd_pdrop", Double.parseDouble(Float.toString(dropout)))
        .put("attn_pdrop", Double.parseDouble(Float.toString(dropout)));
  }

  @Override
  public String modelType() {
    return MODEL_TYPE;
  }

  @Override
  public boolean endsAtMaxPositions() {
    return true;
  }

  @Override
  public int headDim() {
    return hiddenSize / numHeads;
  }

  @Override
  public Gpt2Config withVocabSize(int size) {
    return new Gpt2Config(
        size,
        hiddenSize,
        numLayers,
        numHeads,
        intermediateSize,
        maxPositions,
        activation,
        normEps,
        tiedHead,
        scaleScores,
        scaleByLayer,
        initStd,
        dropout);
  }
}
