package dev.rapt.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Rows;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Softmax over the last dimension, or its logarithm: y = softmax(x) or log softmax(x), kept in f32.
 */
record SoftmaxOp(Tensor x, Tensor y, boolean isLog) implements Op {
  private static final SoftmaxKernel KERNEL = KernelChoice.kernels().softmax();

  static Tensor apply(Tensor x, boolean isLog) {
    Tensor y = Scope.innermost(x).empty(DType.F32, x.shape());
    long cols = x.lastDim();
    Rows.forRows(
        x.numRows(),
        cols,
        block -> {
          if (isLog) {
            KERNEL.logSoftmax(block.out(y), block.in(x), block.rows(), cols);
          } else {
            KERNEL.softmax(block.out(y), block.in(x), block.rows(), cols);
          }
        });
    return Tape.record(new SoftmaxOp(x, y, isLog), y, x);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dX = gradients.tape().empty(DType.F32, x.shape());
    Rows.forRows(
        x.numRows(),
        x.lastDim(),
        block -> {
          MemorySegment d = block.in(dOut);
          MemorySegment out = block.out(dX);
          MemorySegment values = block.in(y);
          for (long r = 0; r < block.rows(); r++) {
            row(block.row(out, r), block.row(values, r), block.row(d, r), x.lastDim());
          }
        });
    gradients.addWide(x, dX);
  }

  /** dX = y (d - sum(d y)), or d - exp(y) sum(d) where y is a logarithm. */
  private void row(MemorySegment dX, MemorySegment y, MemorySegment d, long cols) {
    double sum = 0;
    for (long i = 0; i < cols; i++) {
      double weight = isLog ? 1 : y.getAtIndex(JAVA_FLOAT, i);
      sum += weight * d.getAtIndex(JAVA_FLOAT, i);
    }
    for (long i = 0; i < cols; i++) {
      double value = y.getAtIndex(JAVA_FLOAT, i);
      double slope = d.getAtIndex(JAVA_FLOAT, i);
      double gradient = isLog ? slope - Math.exp(value) * sum : value * (slope - sum);
      dX.setAtIndex(JAVA_FLOAT, i, (float) gradient);
    }
  }
}
