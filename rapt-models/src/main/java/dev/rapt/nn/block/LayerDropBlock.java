package dev.rapt.nn.block;

import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.util.SplittableRandom;

/**
 * A block that training leaves out now and then, so that a model learns to do without: LayerDrop,
 * arXiv:1909.11556.
 *
 * @param layer index of the block, for the seeds
 * @param probability to be left out, in training
 */
record LayerDropBlock(int layer, float probability, Block block) implements Block {
  /** Apart from the sites of dropout in the block. */
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
}
