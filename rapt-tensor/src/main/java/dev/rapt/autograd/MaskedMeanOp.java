package dev.rapt.autograd;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Rows;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Masked mean over time: out[b, :] = mean of x[b, t, :] over the t whose mask is not 0; zeros if
 * there is none.
 */
record MaskedMeanOp(Tensor x, Tensor mask) implements Op {
  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  static Tensor apply(Tensor x, Tensor mask, DType type) {
    if (x.shape().rank() != 3) {
      throw new IllegalArgumentException("mean over time: x must be (B, T, D), got " + x.shape());
    }
    long T = x.dim(1);
    long D = x.dim(2);
    mask.requireShape("mean over time: mask", x.dim(0), T).requireType(DType.I32);
    Tensor out = Scope.innermost(x, mask).empty(type, x.dim(0), D);
    MaskedMeanOp op = new MaskedMeanOp(x, mask);
    Rows.forRows(
        x.dim(0),
        T * D,
        block -> {
          MemorySegment rows = block.in(x);
          MemorySegment means = block.out(out, D).fill((byte) 0);
          for (long b = 0; b < block.rows(); b++) {
            MemorySegment mean = row(means, b, D);
            for (long t = 0; t < T; t++) {
              if (op.sees(block.from() + b, t)) {
                KERNEL.add(mean, mean, row(rows, b * T + t, D), D);
              }
            }
            KERNEL.scale(mean, mean, op.weight(block.from() + b), D);
          }
        });
    return Tape.record(op, out, x);
  }

  private boolean sees(long b, long t) {
    return mask.getInt(b * x.dim(1) + t) != 0;
  }

  /** 1 / number of positions whose mask is not 0. */
  private float weight(long b) {
    int count = 0;
    for (long t = 0; t < x.dim(1); t++) {
      count += sees(b, t) ? 1 : 0;
    }
    return 1f / Math.max(1, count);
  }

  private static MemorySegment row(MemorySegment x, long r, long cols) {
    return x.asSlice(r * cols * Float.BYTES, cols * Float.BYTES);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    long T = x.dim(1);
    long D = x.dim(2);
    Tensor dX = gradients.tape().empty(x.dtype(), x.shape());
    Rows.forRows(
        x.dim(0),
        T * D,
        block -> {
          MemorySegment d = block.in(dOut, D);
          MemorySegment rows = block.out(dX);
          for (long b = 0; b < block.rows(); b++) {
            float weight = weight(block.from() + b);
            for (long t = 0; t < T; t++) {
              boolean seen = sees(block.from() + b, t);
              KERNEL.scale(row(rows, b * T + t, D), row(d, b, D), seen ? weight : 0, D);
            }
          }
        });
    gradients.add(x, dX);
  }
}
