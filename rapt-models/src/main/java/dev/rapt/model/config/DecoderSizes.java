package dev.rapt.model.config;

import dev.rapt.checkpoint.ConfigReader;
import tools.jackson.databind.node.ObjectNode;

/**
 * The sizes that every decoder has, and what goes with them.
 *
 * @param vocabSize V
 * @param hiddenSize D
 * @param numLayers L
 * @param numHeads H
 * @param numKvHeads G, divides the query heads
 * @param headDim E, not necessarily hiddenSize / numHeads
 * @param intermediateSize F
 * @param maxPositions positions the model was trained on
 * @param tiedHead whether the head reads the token embedding as its weight
 * @param initStd standard deviation of fresh weights
 */
public record DecoderSizes(
    int vocabSize,
    int hiddenSize,
    int numLayers,
    int numHeads,
    int numKvHeads,
    int headDim,
    int intermediateSize,
    int maxPositions,
    boolean tiedHead,
    double initStd) {

  /**
   * The keys that hold the sizes in a family's config.json.
   *
   * @param numKvHeads "" where every query head has a key-value head of its own
   * @param headDim "" where heads divide the width
   * @param intermediateSize "" where it is always four times the width
   */
  public record Keys(
      String hiddenSize,
      String numLayers,
      String numHeads,
      String numKvHeads,
      String headDim,
      String intermediateSize,
      String maxPositions) {
    /** As in Llama and most families since. */
    public static final Keys LLAMA =
        new Keys(
            "hidden_size",
            "num_hidden_layers",
            "num_attention_heads",
            "num_key_value_heads",
            "head_dim",
            "intermediate_size",
            "max_position_embeddings");

    /** As in GPT-2 and its kin. */
    public static final Keys GPT2 =
        new Keys("n_embd", "n_layer", "n_head", "", "", "n_inner", "n_positions");
  }

  /**
   * Reads the sizes.
   *
   * @param tiedByDefault whether the head is tied when the file does not say
   * @throws dev.rapt.checkpoint.CheckpointException if a size is missing or they contradict
   */
  public static DecoderSizes parse(ConfigReader json, Keys keys, boolean tiedByDefault) {
    int hiddenSize = json.requireInt(keys.hiddenSize(), 1, Integer.MAX_VALUE);
    int numHeads = json.requireInt(keys.numHeads(), 1, Integer.MAX_VALUE);
    int numKvHeads =
        keys.numKvHeads().isEmpty()
            ? numHeads
            : json.intOr(keys.numKvHeads(), numHeads, 1, Integer.MAX_VALUE);
    if (numHeads % numKvHeads != 0) {
      throw json.error(
          keys.numKvHeads(),
          "must divide %s, got %d and %d".formatted(keys.numHeads(), numKvHeads, numHeads));
    }
    int fourTimes = (int) Math.min(4L * hiddenSize, Integer.MAX_VALUE);
    return new DecoderSizes(
        json.requireInt("vocab_size", 1, Integer.MAX_VALUE),
        hiddenSize,
        json.requireInt(keys.numLayers(), 1, Integer.MAX_VALUE),
        numHeads,
        numKvHeads,
        headDim(json, keys, hiddenSize, numHeads),
        keys.intermediateSize().isEmpty()
            ? fourTimes
            : json.intOr(keys.intermediateSize(), fourTimes, 1, Integer.MAX_VALUE),
        json.intOr(keys.maxPositions(), 2048, 1, Integer.MAX_VALUE),
        json.boolOr("tie_word_embeddings", tiedByDefault),
        json.atLeastZeroOr("initializer_range", 0.02));
  }

  /**
   * The sizes of a fresh decoder whose heads divide the width.
   *
   * @throws IllegalArgumentException if they do not
   */
  public static DecoderSizes of(
      int vocabSize,
      int hiddenSize,
      int numLayers,
      int numHeads,
      int numKvHeads,
      int intermediateSize,
      int maxPositions,
      boolean tiedHead) {
    requireDivides("the number of heads must divide the width", numHeads, hiddenSize);
    requireDivides("key-value heads must divide heads", numKvHeads, numHeads);
    return new DecoderSizes(
        vocabSize,
        hiddenSize,
        numLayers,
        numHeads,
        numKvHeads,
        hiddenSize / numHeads,
        intermediateSize,
        maxPositions,
        tiedHead,
        0.02);
  }

  private static void requireDivides(String rule, int divisor, int number) {
    if (divisor < 1 || number % divisor != 0) {
      throw new IllegalArgumentException(rule + ", got %d and %d".formatted(divisor, number));
    }
  }

  private static int headDim(ConfigReader json, Keys keys, int hiddenSize, int numHeads) {
    int given = keys.headDim().isEmpty() ? 0 : json.intOr(keys.headDim(), 0, 0, 1 << 16);
    if (given == 0 && hiddenSize % numHeads != 0) {
      throw json.error(
          keys.numHeads(),
          "must divide %s%s, got %d and %d"
              .formatted(
                  keys.hiddenSize(),
                  keys.headDim().isEmpty() ? "" : " when there is no " + keys.headDim(),
                  numHeads,
                  hiddenSize));
    }
    return given == 0 ? hiddenSize / numHeads : given;
  }

  /** Writes the sizes under these keys; vocabulary, head and deviation are written for all. */
  public void write(ObjectNode json, Keys keys) {
    json.put(keys.hiddenSize(), hiddenSize)
        .put(keys.numLayers(), numLayers)
        .put(keys.numHeads(), numHeads);
    putUnlessEmpty(json, keys.numKvHeads(), numKvHeads);
    putUnlessEmpty(json, keys.headDim(), headDim);
    putUnlessEmpty(json, keys.intermediateSize(), intermediateSize);
    json.put(keys.maxPositions(), maxPositions);
  }

  private static void putUnlessEmpty(ObjectNode json, String key, int value) {
    if (!key.isEmpty()) {
      json.put(key, value);
    }
  }

  /** The same for another vocabulary. */
  public DecoderSizes withVocabSize(int size) {
    return new DecoderSizes(
        size,
        hiddenSize,
        numLayers,
        numHeads,
        numKvHeads,
        headDim,
        intermediateSize,
        maxPositions,
        tiedHead,
        initStd);
  }

  /** The same with another number of key-value heads. */
  public DecoderSizes withNumKvHeads(int heads) {
    return new DecoderSizes(
        vocabSize,
        hiddenSize,
        numLayers,
        numHeads,
        heads,
        headDim,
        intermediateSize,
        maxPositions,
        tiedHead,
        initStd);
  }

  /** The same with another width inside the MLP. */
  public DecoderSizes withIntermediateSize(int size) {
    return new DecoderSizes(
        vocabSize,
        hiddenSize,
        numLayers,
        numHeads,
        numKvHeads,
        headDim,
        size,
        maxPositions,
        tiedHead,
        initStd);
  }

  /** What projections that add to the stream begin with, smaller by the number of additions. */
  public double residualStd() {
    return initStd / Math.sqrt(2.0 * numLayers);
  }
}
