package dev.rapt.model.config;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The sizes that every encoder has, and what goes with them.
 *
 * @param vocabSize V
 * @param embeddingSize width of the embeddings, D where they are not factorised
 * @param hiddenSize D
 * @param numLayers L
 * @param numHeads H, divides the width
 * @param intermediateSize F
 * @param maxPositions rows of the table of positions
 * @param numTokenTypes segments that are told apart; 0 where they are not
 * @param activation of the MLP
 * @param normEps added to variances
 * @param dropout probability after embeddings and projections, in training
 * @param attentionDropout probability to drop an attention weight, in training
 * @param padTokenId the id that fills up, or -1
 * @param tiedHead whether a head over the vocabulary reads the token embedding as its weight
 * @param initStd standard deviation of fresh weights
 */
public record EncoderSizes(
    int vocabSize,
    int embeddingSize,
    int hiddenSize,
    int numLayers,
    int numHeads,
    int intermediateSize,
    int maxPositions,
    int numTokenTypes,
    Activation activation,
    float normEps,
    float dropout,
    float attentionDropout,
    int padTokenId,
    boolean tiedHead,
    double initStd) {

  /**
   * What differs between the files of the families: keys, and the values where they are absent.
   *
   * @param tokenTypes how many segments there are when the file does not say
   */
  public record Keys(
      String hiddenSize,
      String numLayers,
      String numHeads,
      String intermediateSize,
      String activation,
      String normEps,
      String dropout,
      String attentionDropout,
      int tokenTypes,
      float defaultEps) {
    /** As in BERT and most families since. */
    public static final Keys BERT =
        new Keys(
            "hidden_size",
            "num_hidden_layers",
            "num_attention_heads",
            "intermediate_size",
            "hidden_act",
            "layer_norm_eps",
            "hidden_dropout_prob",
            "attention_probs_dropout_prob",
            2,
            1e-12f);

    /** The same with other values where a file says nothing. */
    public Keys withDefaults(int types, float eps) {
      return new Keys(
          hiddenSize,
          numLayers,
          numHeads,
          intermediateSize,
          activation,
          normEps,
          dropout,
          attentionDropout,
          types,
          eps);
    }
  }

  /**
   * Reads the sizes.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if a size is missing or they contradict
   */
  public static EncoderSizes parse(ConfigReader json, Keys keys) {
    int hiddenSize = json.requireInt(keys.hiddenSize(), 1, Integer.MAX_VALUE);
    int numHeads = json.requireInt(keys.numHeads(), 1, Integer.MAX_VALUE);
    if (hiddenSize % numHeads != 0) {
      throw json.error(
          keys.numHeads(),
          "must divide %s, got %d and %d".formatted(keys.hiddenSize(), numHeads, hiddenSize));
    }
    int vocabSize = json.requireInt("vocab_size", 1, Integer.MAX_VALUE);
    return new EncoderSizes(
        vocabSize,
        json.intOr("embedding_size", hiddenSize, 1, Integer.MAX_VALUE),
        hiddenSize,
        json.requireInt(keys.numLayers(), 1, Integer.MAX_VALUE),
        numHeads,
        json.requireInt(keys.intermediateSize(), 1, Integer.MAX_VALUE),
        json.intOr("max_position_embeddings", 512, 1, Integer.MAX_VALUE),
        json.intOr("type_vocab_size", keys.tokenTypes(), 0, Integer.MAX_VALUE),
        Activations.read(json, keys.activation(), "gelu"),
        json.epsilonOr(keys.normEps(), keys.defaultEps()),
        json.dropoutOr(keys.dropout(), 0.1),
        json.dropoutOr(keys.attentionDropout(), 0.1),
        json.intOr("pad_token_id", -1, -1, vocabSize - 1),
        json.boolOr("tie_word_embeddings", true),
        json.atLeastZeroOr("initializer_range", 0.02));
  }

  /** The same with the tanh approximation of GELU where a file says nothing. */
  public EncoderSizes withGeluTanhByDefault(ConfigReader json, Keys keys) {
    return json.has(keys.activation()) ? this : withActivation(Activation.GELU_TANH);
  }

  /** E, width of a head. */
  public int headDim() {
    return hiddenSize / numHeads;
  }

  /**
   * The sizes of a fresh encoder; what else there is, is as in BERT.
   *
   * @throws IllegalArgumentException if the heads do not divide the width
   */
  public static EncoderSizes of(
      int vocabSize,
      int hiddenSize,
      int numLayers,
      int numHeads,
      int intermediateSize,
      int maxPositions) {
    if (numHeads < 1 || hiddenSize % numHeads != 0) {
      throw new IllegalArgumentException(
          "encoder: the number of heads must divide the width, got %d and %d"
              .formatted(numHeads, hiddenSize));
    }
    return new EncoderSizes(
        vocabSize,
        hiddenSize,
        hiddenSize,
        numLayers,
        numHeads,
        intermediateSize,
        maxPositions,
        Keys.BERT.tokenTypes(),
        Activation.GELU,
        Keys.BERT.defaultEps(),
        0.1f,
        0.1f,
        0,
        true,
        0.02);
  }

  /** The same with narrower embeddings. */
  public EncoderSizes withEmbeddingSize(int width) {
    return with(width, numTokenTypes, activation, normEps, dropout, attentionDropout, padTokenId);
  }

  /** The same with so many segments, whatever a file says; 0 for none. */
  public EncoderSizes withTokenTypes(int number) {
    return with(embeddingSize, number, activation, normEps, dropout, attentionDropout, padTokenId);
  }

  /** The same with another activation of the MLP. */
  public EncoderSizes withActivation(Activation other) {
    return with(
        embeddingSize, numTokenTypes, other, normEps, dropout, attentionDropout, padTokenId);
  }

  /** The same with another addition to variances. */
  public EncoderSizes withNormEps(float eps) {
    return with(
        embeddingSize, numTokenTypes, activation, eps, dropout, attentionDropout, padTokenId);
  }

  /** The same with these probabilities of dropout. */
  public EncoderSizes withDropout(float everywhere, float ofAttention) {
    return with(
        embeddingSize, numTokenTypes, activation, normEps, everywhere, ofAttention, padTokenId);
  }

  /** The same with another id that fills up; -1 for none. */
  public EncoderSizes withPadTokenId(int id) {
    return with(embeddingSize, numTokenTypes, activation, normEps, dropout, attentionDropout, id);
  }

  private EncoderSizes with(
      int newEmbeddingSize,
      int newTokenTypes,
      Activation newActivation,
      float newEps,
      float newDropout,
      float newAttentionDropout,
      int newPadTokenId) {
    return new EncoderSizes(
        vocabSize,
        newEmbeddingSize,
        hiddenSize,
        numLayers,
        numHeads,
        intermediateSize,
        maxPositions,
        newTokenTypes,
        newActivation,
        newEps,
        newDropout,
        newAttentionDropout,
        newPadTokenId,
        tiedHead,
        initStd);
  }

  /** Writes all under these keys. */
  public void write(ObjectNode json, Keys keys) {
    json.put("vocab_size", vocabSize)
        .put("embedding_size", embeddingSize)
        .put(keys.hiddenSize(), hiddenSize)
        .put(keys.numLayers(), numLayers)
        .put(keys.numHeads(), numHeads)
        .put(keys.intermediateSize(), intermediateSize)
        .put("max_position_embeddings", maxPositions)
        .put("type_vocab_size", numTokenTypes)
        .put(keys.activation(), Activations.name(activation))
        .put(keys.normEps(), normEps)
        .put(keys.dropout(), dropout)
        .put(keys.attentionDropout(), attentionDropout)
        .put("pad_token_id", padId())
        .put("tie_word_embeddings", tiedHead)
        .put("initializer_range", initStd);
  }

  private @Nullable Integer padId() {
    return padTokenId < 0 ? null : (Integer) padTokenId;
  }
}
