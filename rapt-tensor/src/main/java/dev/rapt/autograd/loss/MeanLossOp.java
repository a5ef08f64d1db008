package dev.rapt.autograd.loss;

import dev.rapt.autograd.Backward;
import dev.rapt.autograd.LossOp;
import dev.rapt.autograd.Tape;
import dev.rapt.compute.rows.Precision;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;

/** Mean of an element-wise loss over all elements. */
record MeanLossOp(Tensor x, Tensor targets, ElementLoss loss) implements LossOp {
  static Tensor apply(Tensor x, Tensor targets, ElementLoss loss) {
    targets.requireShape("loss: targets", x.shape().toArray()).requireType(DType.F32);
    Scope scope = Scope.innermost(x, targets);
    Tensor wide = Precision.widen(scope, x);
    double sum = 0;
    for (long i = 0; i < x.numElements(); i++) {
      sum += loss.value(wide.getFloat(i), targets.getFloat(i));
    }
    Precision.drop(wide, x);
    Tensor mean = CrossEntropyOp.scalar(scope, sum / x.numElements());
    return Tape.record(new MeanLossOp(x, targets, loss), mean, x);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor wide = Precision.widen(gradients.tape(), x);
    Tensor dX = gradients.tape().empty(DType.F32, x.shape());
    double scale = (double) dOut.getFloat(0) / x.numElements();
    for (long i = 0; i < x.numElements(); i++) {
      double d = scale * loss.derivative(wide.getFloat(i), targets.getFloat(i));
      dX.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) d);
    }
    Precision.drop(wide, x);
    gradients.addWide(x, dX);
  }
}
