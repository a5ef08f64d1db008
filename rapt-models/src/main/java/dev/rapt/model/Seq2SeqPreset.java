package dev.rapt.model;

import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.config.StackSizes;
import dev.rapt.model.seq2seq.Bart;
import dev.rapt.model.seq2seq.LstmSeq2Seq;
import dev.rapt.model.seq2seq.SourceAttention;
import dev.rapt.model.seq2seq.T5;
import dev.rapt.model.seq2seq.Transformer2017;
import dev.rapt.model.seq2seq.Wiring;
import java.util.Locale;

/** Encoder-decoder sizes, for training from scratch. */
public enum Seq2SeqPreset {
  /** BART in the size of BERT-Mini. */
  BART_MINI(Kind.BART, 256, 4, 4, 1024, 512, 50265),
  /** BART, arXiv:1910.13461: 139 million weights. */
  BART_BASE(Kind.BART, 768, 6, 12, 3072, 1024, 50265),
  /** BART, arXiv:1910.13461: 406 million weights. */
  BART_LARGE(Kind.BART, 1024, 12, 16, 4096, 1024, 50265),
  /** LSTM with attention, arXiv:1508.04025, two layers of 512. */
  LSTM_SMALL(Kind.LSTM, 512, 2, 1, 512, 1024, 50000),
  /** T5 as in arXiv:2109.10686: 16 million weights with the vocabulary of T5. */
  T5_TINY(Kind.T5, 256, 4, 4, 1024, 512, 32128),
  /** T5 as in arXiv:2109.10686: 31 million weights with the vocabulary of T5. */
  T5_MINI(Kind.T5, 384, 4, 8, 1536, 512, 32128),
  /** T5, arXiv:1910.10683: 60 million weights. */
  T5_SMALL(Kind.T5, 512, 6, 8, 2048, 512, 32128),
  /** T5, arXiv:1910.10683: 220 million weights. */
  T5_BASE(Kind.T5, 768, 12, 12, 3072, 512, 32128),
  /** The Transformer of arXiv:1706.03762 with three layers, for tens of thousands of pairs. */
  TRANSFORMER_TINY(Kind.TRANSFORMER, 256, 3, 4, 1024, 1024, 37000),
  /** The base model of arXiv:1706.03762, table 3. */
  TRANSFORMER_BASE(Kind.TRANSFORMER, 512, 6, 8, 2048, 1024, 37000),
  /** The big model of arXiv:1706.03762, table 3. */
  TRANSFORMER_BIG(Kind.TRANSFORMER, 1024, 6, 16, 4096, 1024, 37000);

  private static final double INIT_STD = 0.02;
  private static final int T5_BUCKETS = 32;
  private static final int T5_MAX_DISTANCE = 128;

  private enum Kind {
    BART,
    LSTM,
    T5,
    TRANSFORMER
  }

  private final Kind kind;
  private final int hiddenSize;
  private final int numLayers;
  private final int numHeads;
  private final int intermediateSize;
  private final int maxPositions;
  private final int vocabSize;

  Seq2SeqPreset(
      Kind kind,
      int hiddenSize,
      int numLayers,
      int numHeads,
      int intermediateSize,
      int maxPositions,
      int vocabSize) {
    this.kind = kind;
    this.hiddenSize = hiddenSize;
    this.numLayers = numLayers;
    this.numHeads = numHeads;
    this.intermediateSize = intermediateSize;
    this.maxPositions = maxPositions;
    this.vocabSize = vocabSize;
  }

  /** Returns the name that users type: {@code t5-tiny}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Returns the number of tokens of the published model, or of the paper's. */
  public int vocabSize() {
    return vocabSize;
  }

  /** Returns D. */
  public int hiddenSize() {
    return hiddenSize;
  }

  /** Returns the number of layers of the encoder and of the decoder. */
  public int numLayers() {
    return numLayers;
  }

  /** Returns H. */
  public int numHeads() {
    return numHeads;
  }

  /** Returns F. */
  public int intermediateSize() {
    return intermediateSize;
  }

  /** Returns the longest source and target in tokens. */
  public int maxPositions() {
    return maxPositions;
  }

  /**
   * Returns the configuration with the published sizes and special tokens, without dropout.
   *
   * @param tokens V
   */
  public Seq2SeqConfig config(int tokens) {
    StackSizes stack = new StackSizes(numLayers, numHeads, intermediateSize);
    boolean isBart = kind == Kind.BART;
    return config(tokens, hiddenSize, stack, maxPositions, isBart ? 1 : 0, isBart ? 2 : 0, 0);
  }

  /**
   * Returns the configuration of the architecture in these sizes.
   *
   * @param vocabSize V
   * @param hiddenSize D
   * @param stack sizes of the encoder and of the decoder
   * @param maxPositions longest source and target in tokens
   * @param padTokenId the padding token
   * @param startTokenId first token that the decoder reads
   * @param dropout probability, in training
   */
  public Seq2SeqConfig config(
      int vocabSize,
      int hiddenSize,
      StackSizes stack,
      int maxPositions,
      int padTokenId,
      int startTokenId,
      float dropout) {
    return switch (kind) {
      case BART ->
          new Bart.Config(
              Wiring.BART,
              vocabSize,
              vocabSize,
              hiddenSize,
              stack,
              stack,
              maxPositions,
              maxPositions,
              SourceAttention.FULL,
              true,
              Activation.GELU,
              true,
              true,
              false,
              startTokenId,
              padTokenId,
              INIT_STD,
              dropout,
              0,
              0);
      case LSTM -> {
        LstmSeq2Seq.Config usual =
            LstmSeq2Seq.Config.of(vocabSize, hiddenSize, stack.numLayers(), padTokenId);
        yield new LstmSeq2Seq.Config(
            vocabSize,
            hiddenSize,
            stack.numLayers(),
            usual.sharedEmbedding(),
            usual.tiedHead(),
            startTokenId,
            padTokenId,
            usual.initStd(),
            dropout);
      }
      case T5 ->
          new T5.Config(
              "t5",
              vocabSize,
              hiddenSize,
              hiddenSize / stack.numHeads(),
              stack.intermediateSize(),
              stack.numLayers(),
              stack.numLayers(),
              stack.numHeads(),
              T5_BUCKETS,
              T5_MAX_DISTANCE,
              false,
              0,
              0,
              Activation.RELU,
              false,
              1e-6f,
              true,
              true,
              startTokenId,
              padTokenId,
              1,
              dropout);
      case TRANSFORMER ->
          Transformer2017.config(vocabSize, padTokenId, hiddenSize, stack, false, dropout);
    };
  }
}
