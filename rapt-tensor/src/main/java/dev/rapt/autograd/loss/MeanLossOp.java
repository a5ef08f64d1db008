package dev.rapt.autograd.loss;

import dev.rapt.autograd.Backward;
import dev.rapt.autograd.LossOp;
import dev.rapt.autograd.Tape;
import dev.rapt.compute.rows.Precision;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Sum of element-wise losses over all elements, divided by a constant.
 *
 * @param losses one for all elements, or one for each column
 */
record MeanLossOp(Tensor x, Tensor targets, List<? extends ElementLoss> losses, double divisor)
    implements LossOp {
  /** Applies a loss to all elements. */
  static Tensor apply(Tensor x, Tensor targets, ElementLoss loss, double denominator) {
    return apply(x, targets, List.of(loss), denominator);
  }

  /**
   * Applies losses to the columns.
   *
   * @param denominator divisor of the sum; 0 for the number of elements
   */
  static Tensor apply(
      Tensor x, Tensor targets, List<? extends ElementLoss> losses, double denominator) {
    targets.requireShape("loss: targets", x.shape().toArray()).requireType(DType.F32);
    Scope scope = Scope.innermost(x, targets);
    double divisor = denominator == 0 ? x.numElements() : denominator;
    MeanLossOp op = new MeanLossOp(x, targets, losses, divisor);
    Tensor wide = Precision.widen(scope, x);
    double sum = 0;
    for (long i = 0; i < x.numElements(); i++) {
      sum += op.loss(i).value(wide.getFloat(i), targets.getFloat(i));
    }
    Precision.drop(wide, x);
    return Tape.record(op, RowLossOp.scalar(scope, sum / divisor), x);
  }

  private ElementLoss loss(long element) {
    return losses.get((int) (element % losses.size()));
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor wide = Precision.widen(gradients.tape(), x);
    Tensor dX = gradients.tape().empty(DType.F32, x.shape());
    double scale = dOut.getFloat(0) / divisor;
    for (long i = 0; i < x.numElements(); i++) {
      double d = scale * loss(i).derivative(wide.getFloat(i), targets.getFloat(i));
      dX.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) d);
    }
    Precision.drop(wide, x);
    gradients.addWide(x, dX);
  }
}
