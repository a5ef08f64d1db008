package dev.rapt.autograd.loss;

import dev.rapt.autograd.Backward;
import dev.rapt.autograd.LossOp;
import dev.rapt.autograd.Tape;
import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Precision;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/** Dot product of x with constant weights, summed over all elements. */
record DotOp(Tensor x, Tensor weights) implements LossOp {
  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  static Tensor apply(Tensor x, Tensor weights) {
    weights.requireShape("dot: weights", x.shape().toArray()).requireType(DType.F32);
    if (weights.isTracked()) {
      throw new IllegalArgumentException("dot: weights must not be tracked, got " + weights);
    }
    Scope scope = Scope.innermost(x, weights);
    Tensor wide = Precision.widen(scope, x);
    double sum = 0;
    for (long i = 0; i < x.numElements(); i++) {
      sum += (double) wide.getFloat(i) * weights.getFloat(i);
    }
    Precision.drop(wide, x);
    return Tape.record(new DotOp(x, weights), RowLossOp.scalar(scope, sum), x);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dX = gradients.tape().empty(DType.F32, x.shape());
    KERNEL.scale(dX.memory(), weights.memory(), dOut.getFloat(0), x.numElements());
    gradients.addWide(x, dX);
  }
}
