package dev.rapt.autograd;

import dev.rapt.kernel.Workers;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Permutation of blocks of equal width along the last dimension: out[.., block i] = x[.., block
 * order[i]].
 */
record BlockOrderOp(Tensor x, List<Integer> order) implements Op {
  /** Smallest number of elements per task: for fewer, another thread costs more than it saves. */
  private static final long PARALLEL_GRAIN = 16384;

  static Tensor apply(Tensor x, List<Integer> order) {
    if (x.lastDim() % order.size() != 0 || !isPermutation(order)) {
      throw new IllegalArgumentException(
          "blocks: order must be a permutation whose length divides the last dimension, got %s and %s"
              .formatted(order, x.shape()));
    }
    Tensor out = Scope.innermost(x).empty(x.dtype(), x.shape());
    copy(out, x, order);
    return Tape.record(new BlockOrderOp(x, order), out, x);
  }

  private static boolean isPermutation(List<Integer> order) {
    boolean[] seen = new boolean[order.size()];
    for (int block : order) {
      if (block < 0 || block >= seen.length || seen[block]) {
        return false;
      }
      seen[block] = true;
    }
    return true;
  }

  private static void copy(Tensor out, Tensor x, List<Integer> order) {
    long rowBytes = x.lastDim() * x.dtype().byteSize();
    long blockBytes = rowBytes / order.size();
    Workers.shared()
        .forRange(
            x.numRows(),
            Math.max(1, PARALLEL_GRAIN / Math.max(1, x.lastDim())),
            (from, to) -> {
              for (long row = from; row < to; row++) {
                for (int i = 0; i < order.size(); i++) {
                  MemorySegment.copy(
                      x.memory(),
                      row * rowBytes + order.get(i) * blockBytes,
                      out.memory(),
                      row * rowBytes + i * blockBytes,
                      blockBytes);
                }
              }
            });
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Integer[] inverse = new Integer[order.size()];
    for (int i = 0; i < inverse.length; i++) {
      inverse[order.get(i)] = i;
    }
    Tensor dX = gradients.tape().empty(dOut.dtype(), dOut.shape());
    copy(dX, dOut, List.of(inverse));
    gradients.add(x, dX);
  }
}
