package dev.rapt.nn.block;

import dev.rapt.autograd.Ops;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * How a block adds to the residual stream: after dropout, perhaps scaled.
 *
 * @param layer index of the block, for the seeds of dropout
 * @param dropout probability to drop an element of what attention adds, in training
 * @param mlpDropout the same of what the MLP adds; commonly equal
 * @param scale factor of what is added, as in Granite; commonly 1
 */
public record Residual(int layer, float dropout, float mlpDropout, float scale) {
  /** The seed of what attention adds. */
  static final int ATTENTION_SITE = 1;

  /** The seed of what the MLP adds. */
  static final int MLP_SITE = 2;

  /** The seed of what attention to an encoder adds. */
  static final int CROSS_ATTENTION_SITE = 3;

  /** Adds what a part computed as it is, after dropout. */
  public static Residual of(int layer, float dropout) {
    return new Residual(layer, dropout, dropout, 1);
  }

  /** The same with everything that is added multiplied by this factor. */
  public Residual scaled(float factor) {
    return new Residual(layer, dropout, mlpDropout, factor);
  }

  /** The same with another probability for what the MLP adds. */
  public Residual withMlpDropout(float probability) {
    return new Residual(layer, dropout, probability, scale);
  }

  /** x + scale dropout(part(input)), all (B, T, D). */
  Tensor add(Tensor x, Layer part, Tensor input, int site, Pass pass) {
    return scale == 1 && pass.dropout(dropout(site)) == 0
        ? part.addTo(x, input, pass)
        : add(x, part.forward(input, pass), site, pass);
  }

  /** x + scale dropout(y), both (B, T, D). */
  Tensor add(Tensor x, Tensor y, int site, Pass pass) {
    Tensor kept = Ops.dropout(y, pass.dropout(dropout(site)), pass.dropoutSeed(layer, site));
    return Ops.add(x, scale == 1 ? kept : Ops.scale(kept, scale));
  }

  private float dropout(int site) {
    return site == MLP_SITE ? mlpDropout : dropout;
  }
}
