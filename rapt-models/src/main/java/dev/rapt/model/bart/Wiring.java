package dev.rapt.model.bart;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.nn.Sinusoids;
import org.jspecify.annotations.Nullable;

/** How the families of BART's kind are wired; everything else about them are values. */
public enum Wiring {
  /** BART, arXiv:1910.13461: norms after the sums, learned positions, a norm of embeddings. */
  BART("bart", false, true),
  /** LED, arXiv:2004.05150, section 7: BART whose encoder sees neighbours and global tokens. */
  LED("led", false, true),
  /** mBART, arXiv:2001.08210: as BART, with norms before, and one more at the end. */
  MBART("mbart", true, true),
  /** Marian, arXiv:1804.00344: the Transformer of 2017. */
  MARIAN("marian", false, false),
  /** Pegasus, arXiv:1912.08777: norms before, one at the end, fixed positions. */
  PEGASUS("pegasus", true, false),
  /** M2M100 (arXiv:2010.11125) and NLLB (arXiv:2207.04672): Pegasus with other fixed positions. */
  M2M100("m2m_100", true, false);

  /** Rows of BART's table of positions before the first: a leftover of fairseq's padding. */
  private static final int LEARNED_OFFSET = 2;

  private final String modelType;
  private final boolean preNorm;
  private final boolean embeddingNorm;

  Wiring(String modelType, boolean preNorm, boolean embeddingNorm) {
    this.modelType = modelType;
    this.preNorm = preNorm;
    this.embeddingNorm = embeddingNorm;
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

  /** Whether the sum of embeddings is normalised. */
  public boolean embeddingNorm() {
    return embeddingNorm;
  }

  /** Fixed positions, or null where they are learned. */
  public @Nullable Sinusoids sinusoids(int padTokenId) {
    return switch (this) {
      case BART, LED, MBART -> null;
      case MARIAN, PEGASUS -> Sinusoids.HALVES;
      case M2M100 -> new Sinusoids(Sinusoids.Layout.TENSOR2TENSOR, padTokenId + 1, padTokenId);
    };
  }

  /** Row of the first position in the table of learned ones. */
  int learnedOffset() {
    return this == LED ? 0 : LEARNED_OFFSET;
  }
}
