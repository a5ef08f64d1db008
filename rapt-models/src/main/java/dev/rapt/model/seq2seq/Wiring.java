package dev.rapt.model.seq2seq;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.nn.Init;
import dev.rapt.nn.Sinusoids;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the families beside BART differ from it in structure. What else differs are values in {@link
 * Bart.Config}.
 *
 * <table>
 * <caption>Wiring of each family</caption>
 * <tr><th>family</th><th>blocks</th><th>positions</th><th>norm of the embeddings</th></tr>
 * <tr><td>BART, MVP, PLBART, LED</td><td>post-norm</td><td>learned</td><td>yes</td></tr>
 * <tr><td>mBART</td><td>pre-norm</td><td>learned</td><td>yes</td></tr>
 * <tr><td>Blenderbot, BigBird-Pegasus</td><td>pre-norm</td><td>learned</td><td>no</td></tr>
 * <tr><td>Blenderbot-small</td><td>post-norm</td><td>learned</td>
 *     <td>in the decoder before positions are added</td></tr>
 * <tr><td>Marian, FSMT</td><td>post-norm</td><td>sinusoidal</td><td>no</td></tr>
 * <tr><td>Pegasus, M2M100</td><td>pre-norm</td><td>sinusoidal</td><td>no</td></tr>
 * </table>
 */
public enum Wiring {
  /** BART, arXiv:1910.13461. */
  BART("bart", false, EmbeddingNorm.SUM, Wiring.FAIRSEQ_OFFSET),
  /** BigBird-Pegasus, arXiv:2007.14062: Pegasus for long texts, block-sparse attention. */
  BIGBIRD_PEGASUS("bigbird_pegasus", true, EmbeddingNorm.NONE, 0),
  /** Blenderbot, arXiv:2004.13637. */
  BLENDERBOT("blenderbot", true, EmbeddingNorm.NONE, 0),
  /** Blenderbot with 90 million parameters, arXiv:2004.13637. */
  BLENDERBOT_SMALL("blenderbot-small", false, EmbeddingNorm.TOKENS_IN_DECODER, 0),
  /** FSMT, arXiv:1907.06616: one vocabulary for the source and one for the target. */
  FSMT("fsmt", false, EmbeddingNorm.NONE, Wiring.SINUSOIDAL),
  /** LED, arXiv:2004.05150, section 7: BART for long texts, sliding window and global tokens. */
  LED("led", false, EmbeddingNorm.SUM, 0),
  /** mBART, arXiv:2001.08210: the decoder reads a language token first. */
  MBART("mbart", true, EmbeddingNorm.SUM, Wiring.FAIRSEQ_OFFSET),
  /** Marian, arXiv:1804.00344: the Transformer of 2017, arXiv:1706.03762. */
  MARIAN("marian", false, EmbeddingNorm.NONE, Wiring.SINUSOIDAL),
  /** MVP, arXiv:2206.12131, without its soft prompts. */
  MVP("mvp", false, EmbeddingNorm.SUM, Wiring.FAIRSEQ_OFFSET),
  /** Pegasus, arXiv:1912.08777. */
  PEGASUS("pegasus", true, EmbeddingNorm.NONE, Wiring.SINUSOIDAL),
  /** PLBART, arXiv:2103.06333, for source code: the decoder reads a language token first. */
  PLBART("plbart", false, EmbeddingNorm.SUM, Wiring.FAIRSEQ_OFFSET),
  /** M2M100, arXiv:2010.11125, and NLLB, arXiv:2207.04672. */
  M2M100("m2m_100", true, EmbeddingNorm.NONE, Wiring.SINUSOIDAL);

  /** Whether the embeddings end in a LayerNorm, and what it reads. */
  enum EmbeddingNorm {
    /** No norm. */
    NONE,
    /** The sum of token embedding and position. */
    SUM,
    /** In the decoder the token embedding before the position is added, in the encoder the sum. */
    TOKENS_IN_DECODER
  }

  /**
   * Values of the keys that a config.json leaves out.
   *
   * @param activation of the MLP
   * @param scaledEmbedding whether token embeddings are multiplied by sqrt(D)
   * @param attentionDropout probability on attention weights, in training
   * @param layerDrop probability to skip a block, in training (LayerDrop)
   * @param padTokenId the padding token
   * @param decoderStartTokenId first token that the decoder reads; -1 for the padding token
   * @param tiedHead whether the head is the decoder's token embedding
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

    private Defaults withDropout(double attention, double layers) {
      return new Defaults(
          activation,
          scaledEmbedding,
          (float) attention,
          (float) layers,
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

  private static final int SINUSOIDAL = -1;
  private static final int FAIRSEQ_OFFSET = 2; // rows 0 and 1 are a leftover of fairseq's padding

  private final String modelType;
  private final boolean preNorm;
  private final EmbeddingNorm embeddingNorm;
  private final int positionOffset;

  /**
   * A wiring.
   *
   * @param positionOffset row of position 0 in the table of learned positions; {@link #SINUSOIDAL}
   *     for sinusoidal positions
   */
  Wiring(String modelType, boolean preNorm, EmbeddingNorm embeddingNorm, int positionOffset) {
    this.modelType = modelType;
    this.preNorm = preNorm;
    this.embeddingNorm = embeddingNorm;
    this.positionOffset = positionOffset;
  }

  /** Returns the wiring of the family that a config.json names. */
  static Wiring of(ConfigReader json) {
    String type = json.requireString("model_type");
    for (Wiring wiring : values()) {
      if (wiring.modelType.equals(type)) {
        return wiring;
      }
    }
    throw json.error("model_type", "must name BART or a family beside it, got " + type);
  }

  /** {@code model_type} in config.json. */
  public String modelType() {
    return modelType;
  }

  /** Whether blocks are pre-norm, and each stack ends in a norm; post-norm otherwise. */
  public boolean preNorm() {
    return preNorm;
  }

  /** Whether the embeddings end in a LayerNorm, and what it reads. */
  EmbeddingNorm embeddingNorm() {
    return embeddingNorm;
  }

  /** Whether positions are sinusoidal; learned otherwise. */
  boolean hasSinusoids() {
    return positionOffset == SINUSOIDAL;
  }

  /**
   * Whether fresh weights of the blocks are those of {@link Init.GlorotUniform}: in the families
   * like the Transformer of 2017, as its authors' tensor2tensor, fairseq and Marian have them.
   */
  boolean beginsWithGlorot() {
    return hasSinusoids();
  }

  /** The sinusoidal positions, or null if positions are learned. */
  public @Nullable Sinusoids sinusoids(int padTokenId) {
    return switch (this) {
      case MARIAN, PEGASUS -> Sinusoids.HALVES;
      case FSMT, M2M100 ->
          new Sinusoids(Sinusoids.Layout.TENSOR2TENSOR, padTokenId + 1, padTokenId);
      case BART, BIGBIRD_PEGASUS, BLENDERBOT, BLENDERBOT_SMALL, LED, MBART, MVP, PLBART -> null;
    };
  }

  /** Row of position 0 in the table of learned positions. */
  int positionOffset() {
    return positionOffset;
  }

  /** Whether the decoder reads the last token of the target first: the language, as in mBART. */
  boolean startsWithLastToken() {
    return this == MBART || this == PLBART;
  }

  /** Whether the logits have a bias, {@code final_logits_bias}. */
  boolean hasLogitsBias() {
    return this != M2M100 && this != FSMT;
  }

  /** Name of the final norm of a stack in a checkpoint, if blocks are pre-norm. */
  String finalNorm() {
    return this == BIGBIRD_PEGASUS ? "layernorm_embedding" : "layer_norm";
  }

  /** Whether the encoder has dropout after the activation of the MLP, as the decoder has. */
  boolean hasEncoderMlpDropout() {
    return this != BIGBIRD_PEGASUS;
  }

  /**
   * The stacks, in the order in which the reference takes the embeddings of one for shared ones
   * that are not stored.
   */
  List<String> stacks() {
    return switch (this) {
      case BART, FSMT, MBART, MARIAN, M2M100, PEGASUS -> List.of("decoder", "encoder");
      case BIGBIRD_PEGASUS, BLENDERBOT, BLENDERBOT_SMALL, LED, MVP, PLBART ->
          List.of("encoder", "decoder");
    };
  }

  /** Name of an untied head in a checkpoint. */
  String headName() {
    return this == FSMT ? "model.decoder.output_projection" : "lm_head";
  }

  /** Values of the keys that a config.json leaves out. */
  Defaults defaults() {
    Defaults plain = new Defaults(Activation.GELU, false, 0, 0, 1, 2, true);
    return switch (this) {
      case BART, LED, MVP -> plain;
      case BIGBIRD_PEGASUS -> starting(0, 2).scaled(Activation.GELU_TANH);
      case BLENDERBOT, BLENDERBOT_SMALL -> starting(0, 1);
      case FSMT -> plain.scaled(Activation.RELU).untied();
      case M2M100 -> plain.scaled(Activation.RELU).withDropout(0.1, 0.05);
      case MARIAN -> starting(58100, 58100);
      case MBART -> starting(1, -1);
      case PEGASUS -> starting(0, 0);
      case PLBART -> starting(1, -1).scaled(Activation.GELU).withDropout(0.1, 0);
    };
  }

  private static Defaults starting(int padTokenId, int decoderStartTokenId) {
    return new Defaults(Activation.GELU, false, 0, 0, padTokenId, decoderStartTokenId, true);
  }
}
