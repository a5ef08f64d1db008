package dev.rapt.autograd.loss;

import dev.rapt.autograd.Backward;
import dev.rapt.autograd.LossOp;
import dev.rapt.autograd.Tape;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;

/** A scalar function of the elements of x, which computes its own gradient. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record FunctionOp(Tensor x, double[] gradient) implements LossOp {

  static Tensor apply(Tensor x, ScalarFunction function) {
    double[] values = new double[Math.toIntExact(x.numElements())];
    float[] elements = x.requireType(DType.F32).toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] = elements[i];
    }
    double[] gradient = new double[values.length];
    double value = function.apply(values, gradient);
    Tensor out = RowLossOp.scalar(Scope.innermost(x), value);
    return Tape.record(new FunctionOp(x, gradient), out, x);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dX = gradients.tape().empty(DType.F32, x.shape());
    float scale = dOut.getFloat(0);
    for (int i = 0; i < gradient.length; i++) {
      dX.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (scale * gradient[i]));
    }
    gradients.addWide(x, dX);
  }
}
