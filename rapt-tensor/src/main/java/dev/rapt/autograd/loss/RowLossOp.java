package dev.rapt.autograd.loss;

import dev.rapt.autograd.Backward;
import dev.rapt.autograd.LossOp;
import dev.rapt.autograd.Tape;
import dev.rapt.compute.rows.Arithmetic;
import dev.rapt.compute.rows.Rows;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;

/** Sum of a loss over the rows of logits, divided by a constant. */
record RowLossOp(Tensor logits, Tensor dLogits) implements LossOp {

  static Tensor apply(Tensor logits, RowLoss loss, double divisor) {
    long rows = logits.numRows();
    Scope scope = Scope.innermost(logits, loss.targets());
    Tensor work = scope.empty(DType.F32, logits.shape());
    Tensor losses = scope.empty(DType.F32, rows);
    Arithmetic.copy(work, logits);
    float gradScale = Tape.records(scope, logits) && divisor > 0 ? (float) (1 / divisor) : 0;
    loss.prepare(0, rows);
    Rows.forRows(
        rows,
        logits.lastDim(),
        block ->
            loss.compute(
                block.out(work), block.perRow(losses), block.from(), block.rows(), gradScale));
    Tensor out = scalar(scope, sum(losses) / divisor);
    return Tape.record(new RowLossOp(logits, work), out, logits);
  }

  static Tensor scalar(Scope scope, double value) {
    Tensor scalar = scope.empty(DType.F32);
    scalar.memory().set(ValueLayout.JAVA_FLOAT, 0, (float) value);
    return scalar;
  }

  static double sum(Tensor losses) {
    double sum = 0;
    for (long i = 0; i < losses.numElements(); i++) {
      sum += losses.getFloat(i);
    }
    return sum;
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dX = gradients.tape().empty(DType.F32, logits.shape());
    Arithmetic.scale(dX, dLogits, dOut.getFloat(0));
    gradients.addWide(logits, dX);
  }
}
