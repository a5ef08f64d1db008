package dev.rapt.model.seq2seq;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.Seq2SeqConfig;
import tools.jackson.databind.node.ObjectNode;

/**
 * T5 in its kinds: T5 1.0 and 1.1, mT5, UMT5, LongT5.
 *
 * @param headDim E, not necessarily hiddenSize / numHeads
 * @param numLayers blocks of the decoder
 * @param biasInEachLayer whether every layer has a table of scores by distance of its own, as in
 *     UMT5, and not one for all
 * @param localRadius neighbours on each side that a token of the source sees; 0 for all
 * @param globalBlockSize tokens of a block whose summary all tokens of the source see; 0 for none
 * @param gated whether the MLP has a gate, as from T5 1.1 on
 * @param scaledHead whether hidden states are divided by the root of the width before the head
 * @param dropout probability after embeddings, projections, activations and in attention, in
 *     training
 */
public record T5Config(
    String modelType,
    int vocabSize,
    int hiddenSize,
    int headDim,
    int intermediateSize,
    int numEncoderLayers,
    int numLayers,
    int numHeads,
    int numBuckets,
    int maxDistance,
    boolean biasInEachLayer,
    int localRadius,
    int globalBlockSize,
    Activation activation,
    boolean gated,
    float normEps,
    boolean tiedHead,
    boolean scaledHead,
    int decoderStartTokenId,
    int padTokenId,
    double initStd,
    float dropout)
    implements Seq2SeqConfig {
  private static final String LONG = "longt5";
  private static final String ATTENTION = "encoder_attention_type";
  private static final String LOCAL = "local";
  private static final String GLOBAL = "transient-global";
  private static final String RADIUS = "local_radius";
  private static final String BLOCK_SIZE = "global_block_size";
  private static final String GATED = "gated-";

  /** Reads a config.json. */
  public static T5Config parse(ConfigReader json) {
    String type = json.requireString("model_type");
    String mlp =
        json.stringOr(
            "feed_forward_proj", type.equals("t5") || type.equals(LONG) ? "relu" : "gated-gelu");
    boolean gated = mlp.startsWith(GATED);
    // The name gated-gelu has always meant the approximation with a tanh.
    String activation = mlp.equals("gated-gelu") ? "gelu_new" : mlp.replaceFirst(GATED, "");
    int numEncoderLayers = json.requireInt("num_layers", 1, Integer.MAX_VALUE);
    int vocabSize = json.requireInt("vocab_size", 1, Integer.MAX_VALUE);
    int padTokenId = json.intOr("pad_token_id", 0, 0, vocabSize - 1);
    boolean tied = json.boolOr("tie_word_embeddings", true);
    return new T5Config(
        type,
        vocabSize,
        json.requireInt("d_model", 1, Integer.MAX_VALUE),
        json.requireInt("d_kv", 1, Integer.MAX_VALUE),
        json.requireInt("d_ff", 1, Integer.MAX_VALUE),
        numEncoderLayers,
        json.intOr("num_decoder_layers", numEncoderLayers, 1, Integer.MAX_VALUE),
        json.requireInt("num_heads", 1, Integer.MAX_VALUE),
        json.intOr("relative_attention_num_buckets", 32, 4, Integer.MAX_VALUE),
        json.intOr("relative_attention_max_distance", 128, 2, Integer.MAX_VALUE),
        type.equals("umt5"),
        type.equals(LONG) ? json.intOr(RADIUS, 127, 1, Integer.MAX_VALUE / 4) : 0,
        type.equals(LONG) && isGlobal(json)
            ? json.intOr(BLOCK_SIZE, 16, 1, Integer.MAX_VALUE / 4)
            : 0,
        Activations.named(json, "feed_forward_proj", activation),
        gated,
        json.epsilonOr("layer_norm_epsilon", 1e-6),
        tied,
        switch (type) {
          case "mt5" -> false;
          case "t5", LONG -> json.boolOr("scale_decoder_outputs", tied);
          default -> tied;
        },
        json.intOr("decoder_start_token_id", padTokenId, 0, vocabSize - 1),
        padTokenId,
        json.atLeastZeroOr("initializer_factor", 1),
        json.dropoutOr("dropout_rate", 0.1));
  }

  private static boolean isGlobal(ConfigReader json) {
    String kind = json.stringOr(ATTENTION, LOCAL);
    if (!kind.equals(LOCAL) && !kind.equals(GLOBAL)) {
      throw json.error(ATTENTION, "must be %s or %s, got %s".formatted(LOCAL, GLOBAL, kind));
    }
    return kind.equals(GLOBAL);
  }

  @Override
  public int maxPositions() {
    return Integer.MAX_VALUE;
  }

  @Override
  public int maxSourcePositions() {
    return Integer.MAX_VALUE;
  }

  @Override
  public boolean endsAtMaxPositions() {
    return false;
  }

  /** The head of a checkpoint that has one is its own, whatever newer configurations say. */
  @Override
  public boolean tiedHead(boolean stored) {
    return !stored;
  }

  @Override
  public HeadRule head() {
    return scaledHead ? HeadRule.PLAIN.scaled(1 / Math.sqrt(hiddenSize)) : HeadRule.PLAIN;
  }

  @Override
  public void write(ObjectNode json) {
    String name = Activations.name(activation);
    json.put("vocab_size", vocabSize)
        .put("d_model", hiddenSize)
        .put("d_kv", headDim)
        .put("d_ff", intermediateSize)
        .put("num_layers", numEncoderLayers)
        .put("num_decoder_layers", numLayers)
        .put("num_heads", numHeads)
        .put("relative_attention_num_buckets", numBuckets)
        .put("relative_attention_max_distance", maxDistance)
        .put(
            "feed_forward_proj",
            gated ? GATED + (activation == Activation.GELU_TANH ? "gelu" : name) : name)
        .put("layer_norm_epsilon", Double.parseDouble(Float.toString(normEps)))
        .put("tie_word_embeddings", tiedHead)
        .put("scale_decoder_outputs", scaledHead)
        .put("decoder_start_token_id", decoderStartTokenId)
        .put("pad_token_id", padTokenId)
        .put("initializer_factor", initStd)
        .put("dropout_rate", Double.parseDouble(Float.toString(dropout)))
        .put("is_encoder_decoder", true);
    if (localRadius > 0) {
      json.put(ATTENTION, globalBlockSize == 0 ? LOCAL : GLOBAL).put(RADIUS, localRadius);
    }
    if (globalBlockSize > 0) {
      json.put(BLOCK_SIZE, globalBlockSize);
    }
  }
}
