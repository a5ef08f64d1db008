package dev.rapt.model.seq2seq;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.nn.Sinusoids;
import org.jspecify.annotations.Nullable;

/** How the families of BART's kind are wired; everything else about them are values. */
public enum Wiring {
  /** BART, arXiv:1910.13461: norms after the sums, learned positions, a norm of embeddings. */
  BART("bart", false, EmbeddingNorm.OF_SUM, 2),
  /** BigBird-Pegasus, arXiv:2007.14062: Pegasus with learned positions, sources seen by blocks. */
  BIGBIRD_PEGASUS("bigbird_pegasus", true, EmbeddingNorm.NONE, 0),
  /** Blenderbot, arXiv:2004.13637: norms before, and one more at the end. */
  BLENDERBOT("blenderbot", true, EmbeddingNorm.NONE, 0),
  /** Blenderbot of 90 million weights: as BART; its decoder normalises tokens without position. */
  BLENDERBOT_SMALL("blenderbot-small", false, EmbeddingNorm.OF_TOKENS_IN_DECODER, 0),
  /** FSMT, arXiv:1907.06616: Marian with two vocabularies and M2M100's positions. */
  FSMT("fsmt", false, EmbeddingNorm.NONE, Wiring.FIXED),
  /** LED, arXiv:2004.05150, section 7: BART whose encoder sees neighbours and global tokens. */
  LED("led", false, EmbeddingNorm.OF_SUM, 0),
  /** mBART, arXiv:2001.08210: as BART, with norms before, and one more at the end. */
  MBART("mbart", true, EmbeddingNorm.OF_SUM, 2),
  /** Marian, arXiv:1804.00344: the Transformer of 2017. */
  MARIAN("marian", false, EmbeddingNorm.NONE, Wiring.FIXED),
  /** MVP, arXiv:2206.12131, without prompts: BART. */
  MVP("mvp", false, EmbeddingNorm.OF_SUM, 2),
  /** Pegasus, arXiv:1912.08777: norms before, one at the end, fixed positions. */
  PEGASUS("pegasus", true, EmbeddingNorm.NONE, Wiring.FIXED),
  /** PLBART, arXiv:2103.06333: BART for programs, whose targets begin as mBART's. */
  PLBART("plbart", false, EmbeddingNorm.OF_SUM, 2),
  /** M2M100 (arXiv:2010.11125) and NLLB (arXiv:2207.04672): Pegasus with other fixed positions. */
  M2M100("m2m_100", true, EmbeddingNorm.NONE, Wiring.FIXED);

  /** What a norm behind the embeddings reads. */
  enum EmbeddingNorm {
    NONE,
    OF_SUM,
    /** The vectors of tokens before positions are added; in the encoder, the sum. */
    OF_TOKENS_IN_DECODER
  }

  /**
   * What a config.json means that does not say so.
   *
   * @param decoderStartTokenId -1 for the padding
   * @param tiedHead whether the head reads the embedding of the decoder
   */
  record Defaults(
      Activation activation,
      boolean scaledEmbedding,
      float attentionDropout,
      float layerDrop,
      int padTokenId,
      int decoderStartTokenId,
      boolean tiedHead) {
    private Defaults scaled(Activation kind) {
      return new Defaults(
          kind, true, attentionDropout, layerDrop, padTokenId, decoderStartTokenId, tiedHead);
    }

    private Defaults dropping(double ofAttention, double ofLayers) {
      return new Defaults(
          activation,
          scaledEmbedding,
          (float) ofAttention,
          (float) ofLayers,
          padTokenId,
          decoderStartTokenId,
          tiedHead);
    }

    private Defaults untied() {
      return new Defaults(
          activation,
          scaledEmbedding,
          attentionDropout,
          layerDrop,
          padTokenId,
          decoderStartTokenId,
          false);
    }
  }

  private static final int FIXED = -1;

  private final String modelType;
  private final boolean preNorm;
  private final EmbeddingNorm embeddingNorm;
  private final int firstRow;

  /**
   * A wiring.
   *
   * @param firstRow row of the first position in a table of learned ones: 2 is a leftover of
   *     fairseq's padding; -1 where positions are fixed
   */
  Wiring(String modelType, boolean preNorm, EmbeddingNorm embeddingNorm, int firstRow) {
    this.modelType = modelType;
    this.preNorm = preNorm;
    this.embeddingNorm = embeddingNorm;
    this.firstRow = firstRow;
  }

  /** The wiring of the family that a config.json names. */
  static Wiring of(ConfigReader json) {
    String type = json.requireString("model_type");
    for (Wiring wiring : values()) {
      if (wiring.modelType.equals(type)) {
        return wiring;
      }
    }
    throw json.error("model_type", "must be of BART's kind, got " + type);
  }

  /** {@code model_type} in config.json. */
  public String modelType() {
    return modelType;
  }

  /** Whether parts of a block read the normalised stream, and a norm stands at the end. */
  public boolean preNorm() {
    return preNorm;
  }

  /** What the norm behind the embeddings reads. */
  EmbeddingNorm embeddingNorm() {
    return embeddingNorm;
  }

  /** Fixed positions, or null where they are learned. */
  public @Nullable Sinusoids sinusoids(int padTokenId) {
    return switch (this) {
      case MARIAN, PEGASUS -> Sinusoids.HALVES;
      case FSMT, M2M100 ->
          new Sinusoids(Sinusoids.Layout.TENSOR2TENSOR, padTokenId + 1, padTokenId);
      case BART, BIGBIRD_PEGASUS, BLENDERBOT, BLENDERBOT_SMALL, LED, MBART, MVP, PLBART -> null;
    };
  }

  /** Row of the first position in the table of learned ones. */
  int learnedOffset() {
    return firstRow;
  }

  /** Whether what a decoder reads begins with the last token of the target. */
  boolean startsWithLastToken() {
    return this == MBART || this == PLBART;
  }

  /** Whether a constant is added to the logits. */
  boolean hasLogitsBias() {
    return this != M2M100 && this != FSMT;
  }

  /** Where the norm lies at the end of a stack. */
  String finalNorm() {
    return this == BIGBIRD_PEGASUS ? "layernorm_embedding" : "layer_norm";
  }

  /** Whether the MLPs of the encoder drop what their last projections read, as the decoder's do. */
  boolean dropsInsideEncoder() {
    return this != BIGBIRD_PEGASUS;
  }

  /** Where a head lies that is not tied. */
  String headName() {
    return this == FSMT ? "model.decoder.output_projection" : "lm_head";
  }

  /** What a config.json means that does not say so. */
  Defaults defaults() {
    Defaults plain = new Defaults(Activation.GELU, false, 0, 0, 1, 2, true);
    return switch (this) {
      case BART, LED, MVP -> plain;
      case BIGBIRD_PEGASUS -> starting(0, 2).scaled(Activation.GELU_TANH);
      case BLENDERBOT, BLENDERBOT_SMALL -> starting(0, 1);
      case FSMT -> plain.scaled(Activation.RELU).untied();
      case M2M100 -> plain.scaled(Activation.RELU).dropping(0.1, 0.05);
      case MARIAN -> starting(58100, 58100);
      case MBART -> starting(1, -1);
      case PEGASUS -> starting(0, 0);
      case PLBART -> starting(1, -1).scaled(Activation.GELU).dropping(0.1, 0);
    };
  }

  private static Defaults starting(int padTokenId, int decoderStartTokenId) {
    return new Defaults(Activation.GELU, false, 0, 0, padTokenId, decoderStartTokenId, true);
  }
}
