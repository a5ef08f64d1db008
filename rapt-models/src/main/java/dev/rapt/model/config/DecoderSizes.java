package dev.rapt.model.config;

import dev.rapt.checkpoint.ConfigReader;
import tools.jackson.databind.node.ObjectNode;

/**
 * The sizes of a decoder.
 *
 * @param vocabSize V
 * @param hiddenSize D
 * @param numLayers L
 * @param numHeads H
 * @param numKvHeads G, divides the query heads
 * @param headDim E, not necessarily hiddenSize / numHeads
 * @param intermediateSize F
 * @param maxPositions context length of training, in tokens
 * @param tiedHead whether the embeddings are tied: the head's weight is the token embedding
 * @param initStd standard deviation of randomly initialised weights
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
   * The keys of the sizes in a family's config.json.
   *
   * @param numKvHeads "" where every query head has its own key-value head
   * @param headDim "" where headDim is hiddenSize / numHeads
   * @param intermediateSize "" where it is always 4 hiddenSize
   */
  public record Keys(
      String hiddenSize,
      String numLayers,
      String numHeads,
      String numKvHeads,
      String headDim,
      String intermediateSize,
      String maxPositions) {
    /** Keys of Llama and most later families. */
    public static final Keys LLAMA =
        new Keys(
            "hidden_size",
            "num_hidden_layers",
            "num_attention_heads",
            "num_key_value_heads",
            "head_dim",
            "intermediate_size",
            "max_position_embeddings");

    /** Keys of GPT-2 and similar families. */
    public static final Keys GPT2 =
        new Keys("n_embd", "n_layer", "n_head", "", "", "n_inner", "n_positions");
  }

  /**
   * Reads the sizes from a config.json.
   *
   * @param tiedByDefault whether embeddings are tied by default
   * @throws dev.rapt.checkpoint.CheckpointException if a size is missing or sizes contradict each
   *     other
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
   * Returns the sizes of a decoder to be trained from scratch, with headDim = hiddenSize /
   * numHeads.
   *
   * @throws IllegalArgumentException if numHeads does not divide hiddenSize, or numKvHeads numHeads
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
    requireDivides("numHeads must divide hiddenSize", numHeads, hiddenSize);
    requireDivides("numKvHeads must divide numHeads", numKvHeads, numHeads);
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
      throw new IllegalArgumentException(
          "model sizes: %s, got %d and %d".formatted(rule, divisor, number));
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

  /** Writes the sizes under these keys, except those whose keys are the same in all families. */
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

  /** Returns a copy with this vocabulary size. */
  public DecoderSizes withVocabSize(int size) {
    return with(size, numKvHeads, intermediateSize);
  }

  /** Returns a copy with this number of key-value heads. */
  public DecoderSizes withNumKvHeads(int heads) {
    return with(vocabSize, heads, intermediateSize);
  }

  /** Returns a copy with this width inside the MLP. */
  public DecoderSizes withIntermediateSize(int size) {
    return with(vocabSize, numKvHeads, size);
  }

  private DecoderSizes with(int newVocabSize, int newNumKvHeads, int newIntermediateSize) {
    return new DecoderSizes(
        newVocabSize,
        hiddenSize,
        numLayers,
        numHeads,
        newNumKvHeads,
        headDim,
        newIntermediateSize,
        maxPositions,
        tiedHead,
        initStd);
  }

  /**
   * Returns the initial standard deviation of projections that add to the residual stream: initStd
   * / sqrt(2 numLayers), as in GPT-2.
   */
  public double residualStd() {
    return initStd / Math.sqrt(2.0 * numLayers);
  }
}
