package dev.rapt.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rapt.autograd.expert.ExpertDispatch;
import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Rows;
import dev.rapt.compute.rows.Spans;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Workspace;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Expert combine, the weighted sum of a token's expert outputs: out[n, :] = sum over j of
 * weights[n, j] x[row of token n's choice j, :].
 */
record CombineOp(Tensor x, Tensor weights, ExpertDispatch dispatch) implements Op {
  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  static Tensor apply(Tensor x, Tensor weights, ExpertDispatch dispatch) {
    long D = x.lastDim();
    x.requireShape("experts: rows", dispatch.numRows(), D);
    weights
        .requireShape("experts: weights", dispatch.numTokens(), dispatch.topK())
        .requireType(DType.F32);
    Tensor out = Scope.innermost(x, weights).empty(x.dtype(), dispatch.numTokens(), D);
    CombineOp op = new CombineOp(x, weights, dispatch);
    Rows.forRows(
        dispatch.numTokens(),
        D,
        block -> {
          MemorySegment sums = block.out(out).fill((byte) 0);
          for (long r = 0; r < block.rows(); r++) {
            op.addRows(block.row(sums, r), block.from() + r);
          }
        });
    return Tape.record(op, out, x, weights);
  }

  private void addRows(MemorySegment sum, long token) {
    long D = x.lastDim();
    for (int j = 0; j < dispatch.topK(); j++) {
      try (Workspace workspace = Workspace.enter()) {
        MemorySegment row = Spans.floats(workspace, x, dispatch.place(token, j) * D, D);
        KERNEL.addScaled(sum, 1, sum, weight(token, j), row, D);
      }
    }
  }

  private float weight(long token, int j) {
    return weights.getFloat(token * dispatch.topK() + j);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    long D = x.lastDim();
    int k = dispatch.topK();
    Tensor dX = gradients.tape().empty(x.dtype(), x.shape());
    Tensor dWeights = gradients.tape().empty(DType.F32, weights.shape());
    Spans.forEach(
        dispatch.numTokens(),
        D * k,
        n -> {
          try (Workspace workspace = Workspace.enter()) {
            MemorySegment d = Spans.floats(workspace, dOut, n * D, D);
            MemorySegment scaled = workspace.take(D * Float.BYTES);
            for (int j = 0; j < k; j++) {
              long from = dispatch.place(n, j) * D;
              try (Workspace inside = Workspace.enter()) {
                float dot = KERNEL.dot(d, Spans.floats(inside, x, from, D), D);
                dWeights.memory().setAtIndex(JAVA_FLOAT, n * k + j, dot);
              }
              KERNEL.scale(scaled, d, weight(n, j), D);
              Spans.store(dX, from, scaled, D);
            }
          }
        });
    gradients.addOrRelease(x, dX);
    gradients.addOrRelease(weights, dWeights);
  }
}
