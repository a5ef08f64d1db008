package dev.rapt.model.config;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The sizes and values that every encoder has.
 *
 * @param vocabSize V
 * @param embeddingSize width of the embeddings; D if they are not factorised
 * @param hiddenSize D
 * @param numLayers L
 * @param numHeads H, divides D
 * @param intermediateSize F
 * @param maxPositions rows of the table of learned positions
 * @param numTokenTypes segments; 0 without segment embeddings
 * @param activation of the MLP
 * @param normEps epsilon of LayerNorm
 * @param dropout probability on embeddings and on the results of attention and MLP, in training
 * @param attentionDropout probability on attention weights, in training
 * @param padTokenId the padding token; -1 for none
 * @param tiedHead whether the weight of the masked-language-model head is the token embedding
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
   * Keys of a config.json, and default values that differ between families.
   *
   * @param tokenTypes default number of segments
   * @param defaultEps default epsilon of LayerNorm
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
    /** The keys of BERT and most families since. */
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

    /** Returns a copy with other default values. */
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
   * Reads the sizes of a config.json.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if a size is missing or not positive, or if the
   *     heads do not divide the width
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

  /** Returns a copy with the tanh approximation of GELU, unless the file names an activation. */
  public EncoderSizes withGeluTanhByDefault(ConfigReader json, Keys keys) {
    return json.has(keys.activation()) ? this : withActivation(Activation.GELU_TANH);
  }

  /** E, width of a head. */
  public int headDim() {
    return hiddenSize / numHeads;
  }

  /**
   * Returns these sizes with BERT's other values, for training from scratch.
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
          "encoder: num_attention_heads must divide hidden_size, got %d and %d"
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

  /** Returns a copy with embeddings of this width. */
  public EncoderSizes withEmbeddingSize(int width) {
    return with(width, numTokenTypes, activation, normEps, dropout, attentionDropout, padTokenId);
  }

  /** Returns a copy with this number of segments; 0 for none. */
  public EncoderSizes withTokenTypes(int number) {
    return with(embeddingSize, number, activation, normEps, dropout, attentionDropout, padTokenId);
  }

  /** Returns a copy with another activation of the MLP. */
  public EncoderSizes withActivation(Activation other) {
    return with(
        embeddingSize, numTokenTypes, other, normEps, dropout, attentionDropout, padTokenId);
  }

  /** Returns a copy with another epsilon of LayerNorm. */
  public EncoderSizes withNormEps(float eps) {
    return with(
        embeddingSize, numTokenTypes, activation, eps, dropout, attentionDropout, padTokenId);
  }

  /** Returns a copy with dropout of {@code hidden} states and of {@code attention} weights. */
  public EncoderSizes withDropout(float hidden, float attention) {
    return with(embeddingSize, numTokenTypes, activation, normEps, hidden, attention, padTokenId);
  }

  /** Returns a copy with another padding token; -1 for none. */
  public EncoderSizes withPadTokenId(int id) {
    return with(embeddingSize, numTokenTypes, activation, normEps, dropout, attentionDropout, id);
  }

  /** Returns a copy with these numbers of layers and heads and these widths. */
  public EncoderSizes withStack(int layers, int heads, int width, int mlpWidth) {
    return new EncoderSizes(
        vocabSize,
        embeddingSize,
        width,
        layers,
        heads,
        mlpWidth,
        maxPositions,
        numTokenTypes,
        activation,
        normEps,
        dropout,
        attentionDropout,
        padTokenId,
        tiedHead,
        initStd);
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

  /** Writes the sizes under these keys. */
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
