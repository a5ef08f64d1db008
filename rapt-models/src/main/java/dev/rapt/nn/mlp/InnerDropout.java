package dev.rapt.nn.mlp;

import dev.rapt.autograd.Ops;
import dev.rapt.nn.Pass;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.block.Residual;
import dev.rapt.tensor.Tensor;

/**
 * Dropout inside an MLP: of what the last projection reads.
 *
 * @param layer index of the block, for the seeds
 * @param probability to drop an element with, in training
 */
public record InnerDropout(int layer, float probability) {
  /** No dropout. */
  public static final InnerDropout NONE = new InnerDropout(0, 0);

  /** Apart from the sites of {@link Residual} and {@link Attention}. */
  private static final int SITE = 5;

  /** Drops elements of x (B, T, F) where the pass trains. */
  Tensor apply(Tensor x, Pass pass) {
    return Ops.dropout(x, pass.dropout(probability), pass.dropoutSeed(layer, SITE));
  }
}
