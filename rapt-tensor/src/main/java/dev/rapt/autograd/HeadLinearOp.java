package dev.rapt.autograd;

import dev.rapt.autograd.attention.HeadMatrices;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.compute.Matmul;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Workers;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.function.IntConsumer;

/** Linear map of each head by its own matrix: out[b, t, h, :] = x[b, t, h, :] W_h. */
record HeadLinearOp(Heads x, HeadMatrices weights) implements Op {
  static Tensor apply(Heads x, HeadMatrices weights) {
    if (x.numHeads() != weights.numHeads() || x.headDim() != weights.inputSize()) {
      throw new IllegalArgumentException(
          "head linear: needs %d heads of width %d, got %d of width %d"
              .formatted(weights.numHeads(), weights.inputSize(), x.numHeads(), x.headDim()));
    }
    int N = Math.toIntExact(weights.outputSize());
    Tensor out =
        Scope.innermost(x.tensor(), weights.weight())
            .empty(x.tensor().dtype(), x.batchSize(), x.seqLen(), (long) x.numHeads() * N);
    HeadLinearOp op = new HeadLinearOp(x, weights);
    Heads y = Heads.of(out, x.numHeads(), N);
    op.forEachHead(h -> Matmul.multiply(of(x, h), weights.inputByOutput(h), null, of(y, h), false));
    return Tape.record(op, out, x.tensor(), weights.weight());
  }

  /**
   * Runs a task for each head: in parallel if there are enough heads; otherwise one after the
   * other, with each product divided among the workers.
   */
  private void forEachHead(IntConsumer task) {
    Workers workers = Workers.shared();
    if (x.numHeads() >= workers.numThreads()) {
      workers.run(x.numHeads(), task::accept);
    } else {
      for (int h = 0; h < x.numHeads(); h++) {
        task.accept(h);
      }
    }
  }

  /** The vectors of one head as a matrix with a row for each token. */
  private static Matrix of(Heads heads, int h) {
    long from = heads.from() + (long) h * heads.headDim();
    return LinearOp.rows(heads.tensor()).cols(from, from + heads.headDim());
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Heads dY = Heads.of(dOut, x.numHeads(), Math.toIntExact(weights.outputSize()));
    if (x.tensor().isTracked()) {
      Tensor slot = gradients.zeroedSlot(x.tensor());
      Heads dX = x.in(slot.reshape(x.tensor().shape().toArray()));
      forEachHead(h ->
          Matmul.multiply(of(dY, h), weights.inputByOutput(h).transposed(), null, of(dX, h), true));
      gradients.tape().release(dX.tensor());
    }
    if (weights.weight().isTracked()) {
      Tensor dW = gradients.zeroedSlot(weights.weight());
      forEachHead(h -> {
        Matrix a = weights.inputMajor() ? of(x, h) : of(dY, h);
        Matrix b = weights.inputMajor() ? of(dY, h) : of(x, h);
        Matmul.multiply(a.transposed(), b, null, weights.stored(dW, h), true);
      });
    }
  }
}
