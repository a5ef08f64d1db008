package dev.rapt.nn.block;

import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.util.SplittableRandom;

/**
 * LayerDrop: a block that training skips at random. arXiv:1909.11556.
 *
 * @param layer index of the block, for the random seed
 * @param probability probability to be skipped, in training
 */
record LayerDropBlock(int layer, float probability, Block block) implements Block {
  /** Differs from the dropout sites inside the block. */
  private static final int SITE = 6;

  @Override
  public boolean isSkipped(Pass pass) {
    float atMost = pass.dropout(probability);
    return atMost > 0 && new SplittableRandom(pass.dropoutSeed(layer, SITE)).nextDouble() < atMost;
  }

  @Override
  public Tensor forward(Tensor x, Pass pass) {
    return block.forward(x, pass);
  }

  @Override
  public boolean isTrained() {
    return block.isTrained();
  }
}
