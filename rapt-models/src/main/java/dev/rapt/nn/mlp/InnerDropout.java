package dev.rapt.nn.mlp;

import dev.rapt.autograd.Ops;
import dev.rapt.nn.Pass;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.block.Residual;
import dev.rapt.tensor.Tensor;

/**
 * Dropout inside an MLP, on the input (B, T, F) of the down projection.
 *
 * @param layer index of the block, for the seeds
 * @param probability of dropout, in training
 */
public record InnerDropout(int layer, float probability) {
  /** No dropout. */
  public static final InnerDropout NONE = new InnerDropout(0, 0);

  /** Seed site, different from those of {@link Residual} and {@link Attention}. */
  private static final int SITE = 5;

  /** Applies dropout to x (B, T, F) in a training pass. */
  Tensor apply(Tensor x, Pass pass) {
    return Ops.dropout(x, pass.dropout(probability), pass.dropoutSeed(layer, SITE));
  }
}
