package dev.rapt.model.seq2seq;

import dev.rapt.kernel.Activation;
import dev.rapt.model.config.StackSizes;

/**
 * The Transformer of Attention Is All You Need (arXiv:1706.03762, table 3), to be trained from
 * scratch. It is a Marian model, so that folders written of it load in the Python library: that has
 * the sines of positions in the first half of the vector and the cosines in the second, where the
 * paper has them in turn, which is the same model with its dimensions in another order.
 */
public enum Transformer2017 {
  /** 65 million weights with the vocabulary of 37000 of the paper. */
  BASE(512, 2048, 8, 0.1f),
  /** 213 million weights with that vocabulary; dropout of the English-German model. */
  BIG(1024, 4096, 16, 0.3f);

  private static final int NUM_LAYERS = 6;
  private static final int MAX_POSITIONS = 1024;

  private final int hiddenSize;
  private final int intermediateSize;
  private final int numHeads;
  private final float dropout;

  Transformer2017(int hiddenSize, int intermediateSize, int numHeads, float dropout) {
    this.hiddenSize = hiddenSize;
    this.intermediateSize = intermediateSize;
    this.numHeads = numHeads;
    this.dropout = dropout;
  }

  /**
   * The configuration: one embedding for source, target and head, scaled by the root of the width.
   *
   * @param vocabSize of source and target together
   * @param padTokenId fills up, and begins a target
   */
  public Bart.Config config(int vocabSize, int padTokenId) {
    StackSizes stack = new StackSizes(NUM_LAYERS, numHeads, intermediateSize);
    return new Bart.Config(
        Wiring.MARIAN,
        vocabSize,
        vocabSize,
        hiddenSize,
        stack,
        stack,
        MAX_POSITIONS,
        MAX_POSITIONS,
        SourceAttention.FULL,
        true,
        Activation.RELU,
        true,
        true,
        true,
        padTokenId,
        padTokenId,
        1 / Math.sqrt(hiddenSize),
        dropout,
        0,
        0);
  }
}
