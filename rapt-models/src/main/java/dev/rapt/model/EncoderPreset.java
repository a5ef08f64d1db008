package dev.rapt.model;

import dev.rapt.kernel.Activation;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.encoder.Albert;
import dev.rapt.model.encoder.Bert;
import dev.rapt.model.encoder.BigBird;
import dev.rapt.model.encoder.Deberta;
import dev.rapt.model.encoder.DistilBert;
import dev.rapt.model.encoder.Electra;
import dev.rapt.model.encoder.Longformer;
import dev.rapt.model.encoder.ModernBert;
import dev.rapt.model.encoder.MpNet;
import dev.rapt.model.encoder.Roberta;
import dev.rapt.nn.attention.BlockSparseAttention;
import java.util.Collections;
import java.util.Locale;

/**
 * Published encoder sizes, for training from scratch. The padding id is 0, or 1 in models that
 * follow RoBERTa.
 */
public enum EncoderPreset {
  /** ALBERT, arXiv:1909.11942: 12 million weights. */
  ALBERT_BASE(768, 12, 12, 3072, 512, 30000),
  /** BERT, arXiv:1810.04805: 110 million weights. */
  BERT_BASE(768, 12, 12, 3072, 512, 30522),
  /** BERT, arXiv:1810.04805: 340 million weights. */
  BERT_LARGE(1024, 24, 16, 4096, 512, 30522),
  /** BERT-Tiny, arXiv:1908.08962: 4 million weights. */
  BERT_TINY(128, 2, 2, 512, 512, 30522),
  /** BERT-Mini, arXiv:1908.08962: 11 million weights. */
  BERT_MINI(256, 4, 4, 1024, 512, 30522),
  /** BERT-Small, arXiv:1908.08962: 29 million weights. */
  BERT_SMALL(512, 4, 8, 2048, 512, 30522),
  /** BigBird, arXiv:2007.14062: 128 million weights, texts of 4096 tokens. */
  BIG_BIRD_BASE(768, 12, 12, 3072, 4096, 50358),
  /** DeBERTa, arXiv:2006.03654: 139 million weights. */
  DEBERTA_BASE(768, 12, 12, 3072, 512, 50265),
  /** DeBERTaV3, arXiv:2111.09543: 86 million weights without the embeddings. */
  DEBERTA_V3_BASE(768, 12, 12, 3072, 512, 128100),
  /** DeBERTaV3, arXiv:2111.09543: 304 million weights without the embeddings. */
  DEBERTA_V3_LARGE(1024, 24, 16, 4096, 512, 128100),
  /** DeBERTaV3, arXiv:2111.09543: 44 million weights without the embeddings. */
  DEBERTA_V3_SMALL(768, 6, 12, 3072, 512, 128100),
  /** DeBERTaV3: 22 million weights without the embeddings. */
  DEBERTA_V3_XSMALL(384, 12, 6, 1536, 512, 128100),
  /** DistilBERT, arXiv:1910.01108: 66 million weights. */
  DISTILBERT_BASE(768, 6, 12, 3072, 512, 30522),
  /** ELECTRA, arXiv:2003.10555: 14 million weights. */
  ELECTRA_SMALL(256, 12, 4, 1024, 512, 30522),
  /** ELECTRA, arXiv:2003.10555: 110 million weights. */
  ELECTRA_BASE(768, 12, 12, 3072, 512, 30522),
  /** ELECTRA, arXiv:2003.10555: 335 million weights. */
  ELECTRA_LARGE(1024, 24, 16, 4096, 512, 30522),
  /** Longformer, arXiv:2004.05150: 149 million weights, texts of 4096 tokens. */
  LONGFORMER_BASE(768, 12, 12, 3072, 4098, 50265),
  /** ModernBERT, arXiv:2412.13663: 149 million weights, texts of 8192 tokens. */
  MODERNBERT_BASE(768, 22, 12, 1152, 8192, 50368),
  /** MPNet, arXiv:2004.09297: 109 million weights. */
  MPNET_BASE(768, 12, 12, 3072, 514, 30527),
  /** RoBERTa, arXiv:1907.11692: 125 million weights. */
  ROBERTA_BASE(768, 12, 12, 3072, 514, 50265);

  private static final int BIG_BIRD_SEPARATOR = 66;
  private static final int LONGFORMER_WINDOW = 512;
  private static final int LONGFORMER_SEPARATOR = 2;

  private final int hiddenSize;
  private final int numLayers;
  private final int numHeads;
  private final int intermediateSize;
  private final int maxPositions;
  private final int vocabSize;

  EncoderPreset(
      int hiddenSize,
      int numLayers,
      int numHeads,
      int intermediateSize,
      int maxPositions,
      int vocabSize) {
    this.hiddenSize = hiddenSize;
    this.numLayers = numLayers;
    this.numHeads = numHeads;
    this.intermediateSize = intermediateSize;
    this.maxPositions = maxPositions;
    this.vocabSize = vocabSize;
  }

  /** Returns the name that users type: {@code bert-tiny}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Returns the number of tokens of the published model. */
  public int vocabSize() {
    return vocabSize;
  }

  /** Returns the sizes of the preset with this vocabulary. */
  public EncoderSizes sizes(int vocabSize) {
    return EncoderSizes.of(
        vocabSize, hiddenSize, numLayers, numHeads, intermediateSize, maxPositions);
  }

  /** Returns the configuration for a vocabulary of this size. */
  public EncoderConfig config(int vocabSize) {
    EncoderSizes sizes = sizes(vocabSize);
    boolean isLikeRoberta = this == LONGFORMER_BASE || this == MPNET_BASE || this == ROBERTA_BASE;
    return config(isLikeRoberta ? sizes.withPadTokenId(1) : sizes);
  }

  /**
   * Returns the configuration of the same architecture in other sizes.
   *
   * @param sizes vocabulary, widths, numbers of layers and heads, positions and the padding token;
   *     other values follow from the architecture
   */
  public EncoderConfig config(EncoderSizes sizes) {
    EncoderSizes likeRoberta = sizes.withTokenTypes(1).withNormEps(1e-5f);
    EncoderSizes likeDeberta = sizes.withTokenTypes(0).withNormEps(1e-7f);
    return switch (this) {
      case ALBERT_BASE ->
          new Albert.Config(
              sizes
                  .withEmbeddingSize(Math.min(128, sizes.hiddenSize()))
                  .withActivation(Activation.GELU_TANH)
                  .withDropout(0, 0),
              1,
              1);
      case BERT_BASE, BERT_LARGE, BERT_MINI, BERT_SMALL, BERT_TINY -> new Bert.Config(sizes, false);
      case BIG_BIRD_BASE ->
          new BigBird.Config(
              sizes.withActivation(Activation.GELU_TANH),
              new BlockSparseAttention.Sparsity(true, 64, 3),
              false,
              true,
              Math.min(BIG_BIRD_SEPARATOR, sizes.vocabSize() - 1));
      case DEBERTA_BASE -> Deberta.Config.of(likeDeberta);
      case DEBERTA_V3_BASE, DEBERTA_V3_LARGE, DEBERTA_V3_SMALL, DEBERTA_V3_XSMALL ->
          Deberta.Config.ofV3(likeDeberta);
      case DISTILBERT_BASE -> new DistilBert.Config(sizes.withTokenTypes(0));
      case ELECTRA_SMALL ->
          new Electra.Config(
              sizes.withEmbeddingSize(Math.min(128, sizes.hiddenSize())), Activation.GELU, false);
      case ELECTRA_BASE, ELECTRA_LARGE -> new Electra.Config(sizes, Activation.GELU, false);
      case LONGFORMER_BASE ->
          new Longformer.Config(
              likeRoberta,
              Collections.nCopies(sizes.numLayers(), LONGFORMER_WINDOW),
              LONGFORMER_SEPARATOR);
      case MODERNBERT_BASE ->
          ModernBert.Config.of(sizes.withTokenTypes(0).withNormEps(1e-5f).withDropout(0, 0));
      case MPNET_BASE -> new MpNet.Config(likeRoberta.withTokenTypes(0), 32);
      case ROBERTA_BASE -> new Roberta.Config(likeRoberta, "roberta", false);
    };
  }
}
