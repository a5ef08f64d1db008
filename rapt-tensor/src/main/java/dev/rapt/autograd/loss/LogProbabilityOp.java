package dev.rapt.autograd.loss;

import dev.rapt.autograd.Backward;
import dev.rapt.autograd.LossOp;
import dev.rapt.autograd.Tape;
import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Arithmetic;
import dev.rapt.compute.rows.Rows;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/**
 * Log-probability of the target of each row, log softmax(logits)[target].
 *
 * @param slopes derivatives of each log-probability with respect to the logits of its row
 */
record LogProbabilityOp(Tensor logits, Tensor slopes) implements LossOp {
  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  static Tensor apply(Tensor logits, Tensor targets) {
    long rows = logits.numRows();
    Scope scope = Scope.innermost(logits, targets);
    RowLoss crossEntropy = new CrossEntropyRows(targets, rows, logits.lastDim(), 0);
    Tensor work = scope.empty(DType.F32, logits.shape());
    Tensor out = scope.empty(DType.F32, rows);
    Arithmetic.copy(work, logits);
    boolean isRecorded = Tape.records(scope, logits);
    float sign = isRecorded ? -1 : 0; // of the gradient of the cross entropy
    Rows.forRows(
        rows,
        logits.lastDim(),
        block ->
            crossEntropy.compute(
                block.out(work), block.perRow(out), block.from(), block.rows(), sign));
    Arithmetic.scale(out, out, -1);
    if (!isRecorded) {
      scope.release(work);
    }
    return Tape.record(new LogProbabilityOp(logits, work), out, logits);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dX = gradients.tape().empty(DType.F32, logits.shape());
    long cols = logits.lastDim();
    Rows.forRows(
        logits.numRows(),
        cols,
        block -> {
          for (long r = 0; r < block.rows(); r++) {
            float d = dOut.getFloat(block.from() + r);
            KERNEL.scale(block.row(block.out(dX), r), block.row(block.in(slopes), r), d, cols);
          }
        });
    gradients.addWide(logits, dX);
  }
}
