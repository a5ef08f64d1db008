package dev.rapt.model.seq2seq;

import dev.rapt.kernel.Activation;
import dev.rapt.model.config.StackSizes;

/**
 * The Transformer of "Attention Is All You Need" (arXiv:1706.03762, table 3) as a preset for
 * training from scratch: an encoder-decoder with post-norm blocks, sinusoidal positions, an MLP
 * with ReLU and one embedding for source, target and head. {@link Bart} has its blocks.
 *
 * @apiNote The preset is a Marian configuration, so that its folders load in the Python library.
 *     Marian has the sines of positions in the first half of a vector and the cosines in the
 *     second; the paper alternates them. This is the same model up to the order of dimensions.
 * @implNote Fresh weights are those of the authors' tensor2tensor: Glorot uniform in the blocks,
 *     normal with variance 1 / D in the embedding, whose vectors are multiplied by sqrt(D).
 */
public enum Transformer2017 {
  /** The base model: 65 million parameters with the paper's vocabulary of 37000 tokens. */
  BASE(512, 2048, 8, 0.1f),
  /** The big model: 213 million parameters; dropout of the English-German model. */
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
   * Returns the configuration for a vocabulary: one embedding for source, target and head, scaled
   * by sqrt(D).
   *
   * @param vocabSize V, tokens of source and target together
   * @param padTokenId the padding token, which the decoder also reads first
   */
  public Bart.Config config(int vocabSize, int padTokenId) {
    StackSizes stack = new StackSizes(NUM_LAYERS, numHeads, intermediateSize);
    return config(vocabSize, padTokenId, hiddenSize, stack, false, dropout);
  }

  /**
   * Returns the configuration of the same architecture in another size.
   *
   * @param vocabSize V, tokens of source and target together
   * @param padTokenId the padding token, which the decoder also reads first
   * @param hiddenSize D
   * @param stack sizes of the encoder and of the decoder
   * @param preNorm whether blocks are pre-norm, a Pegasus configuration, which trains without
   *     warm-up (arXiv:2002.04745); post-norm otherwise
   * @param dropout probability on embeddings and on the results of attention and MLP, in training
   */
  public static Bart.Config config(
      int vocabSize,
      int padTokenId,
      int hiddenSize,
      StackSizes stack,
      boolean preNorm,
      float dropout) {
    return new Bart.Config(
        preNorm ? Wiring.PEGASUS : Wiring.MARIAN,
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
