package dev.rapt.autograd.loss;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rapt.autograd.Backward;
import dev.rapt.autograd.LossOp;
import dev.rapt.autograd.Tape;
import dev.rapt.autograd.expert.ExpertChoice;
import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Rows;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Load-balancing loss of a mixture of experts: X times the sum over experts of (share of the tokens
 * routed to the expert) times (its mean router probability), over the tokens of all layers. Switch
 * Transformers, arXiv:2101.03961, equations 4 to 6; with several experts for each token the shares
 * sum to topK.
 */
record LoadBalanceOp(List<Tensor> logits, @Nullable Tensor mask, Tensor shares, double numTokens)
    implements LossOp {

  static Tensor apply(List<Tensor> logits, int topK, @Nullable Tensor mask) {
    if (logits.isEmpty()) {
      throw new IllegalArgumentException(
          "load balance: needs the logits of at least one layer, got none");
    }
    int X = Math.toIntExact(logits.getFirst().lastDim());
    ExpertChoice choice = ExpertChoice.largest(topK);
    double[] counts = new double[X];
    double[] probabilities = new double[X];
    double numTokens = 0;
    for (Tensor layer : logits) {
      if (layer.lastDim() != X || (mask != null && mask.numElements() != layer.numRows())) {
        throw new IllegalArgumentException(
            "load balance: layers must have equally many experts and a mask value per token, got %s"
                .formatted(layer.shape()));
      }
      int[] chosen = choice.choose(layer).toInts();
      Tensor p = probabilities(layer);
      for (long n = 0; n < layer.numRows(); n++) {
        if (mask != null && mask.getInt(n) == 0) {
          continue;
        }
        numTokens++;
        for (int j = 0; j < topK; j++) {
          counts[chosen[(int) n * topK + j]]++;
        }
        for (int e = 0; e < X; e++) {
          probabilities[e] += p.getFloat(n * X + e);
        }
      }
      layer.scope().release(p);
    }
    double loss = 0;
    for (int e = 0; e < X; e++) {
      counts[e] /= numTokens;
      loss += X * counts[e] * probabilities[e] / numTokens;
    }
    Tensor[] operands = logits.toArray(new Tensor[0]);
    Scope scope = Scope.innermost(operands);
    Tensor out = RowLossOp.scalar(scope, loss);
    Tensor shares = scope.empty(DType.F32, X);
    for (int e = 0; e < X; e++) {
      shares.memory().setAtIndex(JAVA_FLOAT, e, (float) counts[e]);
    }
    LoadBalanceOp op = new LoadBalanceOp(List.copyOf(logits), mask, shares, numTokens);
    return Tape.record(op, out, operands);
  }

  private static Tensor probabilities(Tensor logits) {
    Tensor p = logits.scope().empty(DType.F32, logits.shape());
    Rows.forRows(
        logits.numRows(),
        logits.lastDim(),
        block ->
            KernelChoice.kernels()
                .softmax()
                .softmax(block.out(p), block.in(logits), block.rows(), logits.lastDim()));
    return p;
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    int X = Math.toIntExact(shares.numElements());
    double scale = X * (double) dOut.getFloat(0) / numTokens;
    for (Tensor layer : logits) {
      if (!layer.isTracked()) {
        continue;
      }
      Tensor d = probabilities(layer);
      for (long n = 0; n < layer.numRows(); n++) {
        boolean seen = mask == null || mask.getInt(n) != 0;
        double mean = 0;
        for (int e = 0; e < X; e++) {
          mean += shares.getFloat(e) * d.getFloat(n * X + e);
        }
        for (int e = 0; e < X; e++) {
          double slope = seen ? scale * d.getFloat(n * X + e) * (shares.getFloat(e) - mean) : 0;
          d.memory().setAtIndex(JAVA_FLOAT, n * X + e, (float) slope);
        }
      }
      gradients.add(layer, d);
    }
  }
}
