package dev.rapt.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Partials;
import dev.rapt.compute.rows.Precision;
import dev.rapt.compute.rows.Rows;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Element-wise product with broadcasting, out = x y, where y has the shape of x, is a vector over
 * its last dimension, or has one value for each row.
 */
record MultiplyOp(Tensor x, Tensor y, Match match) implements Op {
  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  /** How y is broadcast to the shape of x. */
  enum Match {
    ELEMENTS,
    COLUMNS,
    ROWS;

    static Match of(Tensor x, Tensor y) {
      if (x.shape().equals(y.shape())) {
        return ELEMENTS;
      }
      if (y.shape().equals(Shape.of(x.lastDim()))) {
        return COLUMNS;
      }
      if (y.numElements() == 1 || (y.numElements() == x.numRows() && y.lastDim() == 1)) {
        return ROWS;
      }
      throw new IllegalArgumentException(
          "multiply: y must have the shape of x, be a vector over its last dimension, or end in 1"
              + " with one value for each row, got x %s and y %s".formatted(x.shape(), y.shape()));
    }
  }

  static Tensor apply(Tensor x, Tensor y) {
    Scope scope = Scope.innermost(x, y);
    Tensor out = scope.empty(x.dtype(), x.shape());
    MultiplyOp op = new MultiplyOp(x, y, Match.of(x, y));
    op.multiply(out, x, scope);
    return Tape.record(op, out, x, y);
  }

  /** out = a y. */
  private void multiply(Tensor out, Tensor a, Scope scope) {
    if (match == Match.ELEMENTS) {
      Rows.forElements(
          x.numElements(),
          block -> KERNEL.multiply(block.out(out), block.in(a), block.in(y), block.elements()));
      return;
    }
    Tensor wide = Precision.widen(scope, y);
    Rows.forRows(rows(), cols(), block -> scaleRows(block.out(out), block.in(a), wide, block));
    Precision.drop(wide, y);
  }

  private void scaleRows(MemorySegment out, MemorySegment a, Tensor wide, Rows.Block block) {
    long n = cols();
    for (long r = 0; r < block.rows(); r++) {
      if (match == Match.ROWS) {
        KERNEL.scale(block.row(out, r), block.row(a, r), wide.getFloat(block.from() + r), n);
      } else {
        KERNEL.multiply(block.row(out, r), block.row(a, r), wide.memory(), n);
      }
    }
  }

  private long cols() {
    return match == Match.ROWS ? x.numElements() / y.numElements() : x.lastDim();
  }

  private long rows() {
    return match == Match.ROWS ? y.numElements() : x.numRows();
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    if (y.isTracked()) {
      giveY(dOut, gradients);
    }
    if (x.isTracked()) {
      Tensor dX = gradients.reuse(dOut);
      multiply(dX, dOut, gradients.tape());
      gradients.add(x, dX);
    }
  }

  private void giveY(Tensor dOut, Backward gradients) {
    Scope scope = gradients.tape();
    if (match == Match.ELEMENTS) {
      Tensor dY = scope.empty(y.dtype(), y.shape());
      Rows.forElements(
          x.numElements(),
          block -> KERNEL.multiply(block.out(dY), block.in(dOut), block.in(x), block.elements()));
      gradients.add(y, dY);
      return;
    }
    Tensor dY = scope.empty(DType.F32, y.shape());
    if (match == Match.ROWS) {
      Rows.forRows(
          rows(),
          cols(),
          block -> {
            MemorySegment d = block.in(dOut);
            MemorySegment v = block.in(x);
            for (long r = 0; r < block.rows(); r++) {
              float dot = KERNEL.dot(block.row(d, r), block.row(v, r), cols());
              dY.memory().setAtIndex(JAVA_FLOAT, block.from() + r, dot);
            }
          });
    } else {
      dY.memory().fill((byte) 0);
      Partials.sum(
          rows(),
          cols(),
          dY.memory(),
          null,
          (block, sums, _) -> {
            MemorySegment d = block.in(dOut);
            MemorySegment v = block.in(x);
            for (long r = 0; r < block.rows(); r++) {
              KERNEL.addProduct(sums, block.row(d, r), block.row(v, r), cols());
            }
          });
    }
    gradients.addWide(y, dY);
  }
}
