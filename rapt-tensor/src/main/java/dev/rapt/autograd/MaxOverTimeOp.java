package dev.rapt.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rapt.compute.rows.Rows;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Masked maximum over time: out[b, d] = the largest x[b, t, d] over the t whose mask is not 0;
 * zeros if there is none.
 */
record MaxOverTimeOp(Tensor x, Tensor mask) implements Op {
  static Tensor apply(Tensor x, Tensor mask) {
    if (x.shape().rank() != 3) {
      throw new IllegalArgumentException("max over time: x must be (B, T, D), got " + x.shape());
    }
    long T = x.dim(1), D = x.dim(2);
    mask.requireShape("max over time: mask", x.dim(0), T).requireType(DType.I32);
    Tensor out = Scope.innermost(x, mask).empty(DType.F32, x.dim(0), D);
    MaxOverTimeOp op = new MaxOverTimeOp(x, mask);
    Rows.forRows(
        x.dim(0),
        T * D,
        block -> {
          MemorySegment rows = block.in(x);
          MemorySegment largest = block.out(out, D);
          for (long b = 0; b < block.rows(); b++) {
            for (long d = 0; d < D; d++) {
              long at = op.position(rows, block.from(), b, d);
              float value = at < 0 ? 0 : rows.getAtIndex(JAVA_FLOAT, (b * T + at) * D + d);
              largest.setAtIndex(JAVA_FLOAT, b * D + d, value);
            }
          }
        });
    return Tape.record(op, out, x);
  }

  /**
   * Returns the first position of the largest value; -1 if the mask shows none.
   *
   * @param rows a block of x
   * @param from number of its first sequence
   */
  private long position(MemorySegment rows, long from, long b, long d) {
    long T = x.dim(1), D = x.dim(2);
    long best = -1;
    float largest = 0;
    for (long t = 0; t < T; t++) {
      float value = rows.getAtIndex(JAVA_FLOAT, (b * T + t) * D + d);
      if (mask.getInt((from + b) * T + t) != 0 && (best < 0 || value > largest)) {
        best = t;
        largest = value;
      }
    }
    return best;
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    long T = x.dim(1), D = x.dim(2);
    Tensor dX = gradients.tape().empty(x.dtype(), x.shape());
    Rows.forRows(
        x.dim(0),
        T * D,
        block -> {
          MemorySegment rows = block.in(x);
          MemorySegment d = block.in(dOut, D);
          MemorySegment dRows = block.out(dX).fill((byte) 0);
          for (long b = 0; b < block.rows(); b++) {
            for (long c = 0; c < D; c++) {
              long at = position(rows, block.from(), b, c);
              if (at >= 0) {
                dRows.setAtIndex(
                    JAVA_FLOAT, (b * T + at) * D + c, d.getAtIndex(JAVA_FLOAT, b * D + c));
              }
            }
          }
        });
    gradients.add(x, dX);
  }
}
