package dev.rapt.nn.block;

import dev.rapt.autograd.Ops;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * How a block adds to the residual stream: {@code x + scale * dropout(f(h))}. Where nothing is
 * dropped or scaled, the last projection of f and the sum are one pass over memory ({@link
 * Layer#addTo}).
 *
 * @param layer index of the block, for the seeds of dropout
 * @param dropout probability to drop an element of what attention adds, in training
 * @param mlpDropout probability to drop an element of what the MLP adds, in training
 * @param scale factor of what is added (Granite's residual multiplier); commonly 1
 */
public record Residual(int layer, float dropout, float mlpDropout, float scale) {
  private static final int ATTENTION_SITE = 1;
  private static final int MLP_SITE = 2;
  private static final int CROSS_ATTENTION_SITE = 3;

  /** Returns the plain residual connection with this dropout in training. */
  public static Residual of(int layer, float dropout) {
    return new Residual(layer, dropout, dropout, 1);
  }

  /** Returns a copy that multiplies everything that is added by this factor. */
  public Residual scaled(float factor) {
    return new Residual(layer, dropout, mlpDropout, factor);
  }

  /** Returns a copy with dropout {@code probability} on what the MLP adds. */
  public Residual withMlpDropout(float probability) {
    return new Residual(layer, dropout, probability, scale);
  }

  /** x + attention(h); x and h are (B, T, D). */
  public Tensor addAttention(Tensor x, Layer attention, Tensor h, Pass pass) {
    return add(x, attention, h, dropout, ATTENTION_SITE, pass);
  }

  /** x + y, both (B, T, D), where y is what attention has computed. */
  public Tensor addAttention(Tensor x, Tensor y, Pass pass) {
    return add(x, y, dropout, ATTENTION_SITE, pass);
  }

  /** x + crossAttention(h); x and h are (B, T, D). */
  public Tensor addCrossAttention(Tensor x, Layer crossAttention, Tensor h, Pass pass) {
    return add(x, crossAttention, h, dropout, CROSS_ATTENTION_SITE, pass);
  }

  /** x + y, both (B, T, D), where y is what cross-attention has computed. */
  public Tensor addCrossAttention(Tensor x, Tensor y, Pass pass) {
    return add(x, y, dropout, CROSS_ATTENTION_SITE, pass);
  }

  /** x + mlp(h); x and h are (B, T, D). */
  public Tensor addMlp(Tensor x, Layer mlp, Tensor h, Pass pass) {
    return add(x, mlp, h, mlpDropout, MLP_SITE, pass);
  }

  /** x + y, both (B, T, D), where y is what the MLP has computed. */
  public Tensor addMlp(Tensor x, Tensor y, Pass pass) {
    return add(x, y, mlpDropout, MLP_SITE, pass);
  }

  private Tensor add(Tensor x, Layer f, Tensor h, float probability, int site, Pass pass) {
    return scale == 1 && pass.dropout(probability) == 0
        ? f.addTo(x, h, pass)
        : add(x, f.forward(h, pass), probability, site, pass);
  }

  private Tensor add(Tensor x, Tensor y, float probability, int site, Pass pass) {
    Tensor kept = Ops.dropout(y, pass.dropout(probability), pass.dropoutSeed(layer, site));
    return Ops.add(x, scale == 1 ? kept : Ops.scale(kept, scale));
  }
}
