package dev.rapt.autograd.attention;

import dev.rapt.kernel.HeadView;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;

/**
 * Attention heads within a tensor (B, T, width): head h starts at column {@code from + h *
 * headDim}. Queries, keys and values of one fused projection are three such views of one tensor.
 *
 * @param tensor (B, T, width)
 * @param from first column of the first head
 * @param numHeads number of heads
 * @param headDim width of a head
 */
public record Heads(Tensor tensor, long from, int numHeads, int headDim) implements KeyHeads {
  public Heads {
    if (from < 0 || from + (long) numHeads * headDim > tensor.lastDim()) {
      throw new IllegalArgumentException(
          "heads: %d heads of width %d from column %d must fit the last dimension, got %s"
              .formatted(numHeads, headDim, from, tensor.shape()));
    }
  }

  /** Returns a tensor (B, T, numHeads * headDim) as heads that cover all its columns. */
  public static Heads of(Tensor tensor, int numHeads, int headDim) {
    return new Heads(tensor, 0, numHeads, headDim);
  }

  /** B. */
  @Override
  public int batchSize() {
    return Math.toIntExact(tensor.dim(0));
  }

  /** T. */
  @Override
  public int seqLen() {
    return Math.toIntExact(tensor.dim(1));
  }

  @Override
  public String described() {
    return tensor.toString();
  }

  /** Returns these heads in another tensor of the same shape. */
  public Heads in(Tensor other) {
    return new Heads(other, from, numHeads, headDim);
  }

  /** Whether these heads and the others are different columns of one tensor. */
  public boolean isBeside(Heads other) {
    return tensor.root() == other.tensor.root() && (from >= other.to() || other.from >= to());
  }

  /** One past the last column of the last head. */
  private long to() {
    return from + width();
  }

  /** Number of columns of all heads. */
  public long width() {
    return (long) numHeads * headDim;
  }

  /** Whether these heads cover all columns of the tensor. */
  boolean isWhole() {
    return width() == tensor.lastDim();
  }

  /** Returns the view that kernels take; the tensor must be f32. */
  public HeadView view() {
    tensor.requireType(DType.F32);
    return new HeadView(tensor.memory(), from, tensor.dim(1) * tensor.lastDim(), tensor.lastDim());
  }
}
