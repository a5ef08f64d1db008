package dev.rapt.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Rows;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Gating;
import dev.rapt.kernel.Workspace;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Gate of a gated MLP with a fused gate-and-up projection: out (..., F) = f(gate, up), where gate
 * and up are columns of one tensor (..., 2F).
 */
record FusedGateOp(Tensor x, GateLayout layout, Gating f) implements Op {
  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  static Tensor apply(Tensor x, GateLayout layout, Gating f) {
    if (x.lastDim() % 2 != 0) {
      throw new IllegalArgumentException(
          "gate: the last dimension must hold gate and up, got " + x.shape());
    }
    long F = x.lastDim() / 2;
    long[] dims = x.shape().toArray();
    dims[dims.length - 1] = F;
    Tensor out = Scope.innermost(x).empty(x.dtype(), dims);
    FusedGateOp op = new FusedGateOp(x, layout, f);
    Rows.forRows(
        x.numRows(),
        F,
        block -> {
          MemorySegment to = block.out(out);
          MemorySegment from = block.in(x, 2 * F);
          try (Workspace workspace = Workspace.enter()) {
            Pair pair = op.pair(workspace);
            for (long r = 0; r < block.rows(); r++) {
              op.read(pair, row(from, r, 2 * F));
              KERNEL.gate(row(to, r, F), pair.gate, pair.up, f, F);
            }
          }
        });
    return Tape.record(op, out, x);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    long F = x.lastDim() / 2;
    Tensor dX = gradients.tape().empty(x.dtype(), x.shape());
    Rows.forRows(
        x.numRows(),
        F,
        block -> {
          MemorySegment from = block.in(x, 2 * F);
          MemorySegment to = block.out(dX, 2 * F);
          MemorySegment d = block.in(dOut);
          try (Workspace workspace = Workspace.enter()) {
            Pair pair = pair(workspace);
            Pair dPair = pair(workspace);
            for (long r = 0; r < block.rows(); r++) {
              read(pair, row(from, r, 2 * F));
              KERNEL.gateBackward(dPair.gate, dPair.up, pair.gate, pair.up, row(d, r, F), f, F);
              write(row(to, r, 2 * F), dPair);
            }
          }
        });
    gradients.add(x, dX);
  }

  /** A row of gate and a row of up, adjacent in scratch memory that stays in the cache. */
  private record Pair(MemorySegment both, MemorySegment gate, MemorySegment up) {}

  private Pair pair(Workspace workspace) {
    long F = x.lastDim() / 2;
    MemorySegment both = workspace.take(2 * F * Float.BYTES);
    return new Pair(both, row(both, 0, F), row(both, 1, F));
  }

  private void read(Pair pair, MemorySegment row) {
    switch (layout) {
      case HALVES -> pair.both.copyFrom(row);
      case INTERLEAVED -> {
        long F = x.lastDim() / 2;
        for (long i = 0; i < F; i++) {
          pair.gate.setAtIndex(JAVA_FLOAT, i, row.getAtIndex(JAVA_FLOAT, 2 * i));
          pair.up.setAtIndex(JAVA_FLOAT, i, row.getAtIndex(JAVA_FLOAT, 2 * i + 1));
        }
      }
    }
  }

  private void write(MemorySegment row, Pair pair) {
    switch (layout) {
      case HALVES -> row.copyFrom(pair.both);
      case INTERLEAVED -> {
        long F = x.lastDim() / 2;
        for (long i = 0; i < F; i++) {
          row.setAtIndex(JAVA_FLOAT, 2 * i, pair.gate.getAtIndex(JAVA_FLOAT, i));
          row.setAtIndex(JAVA_FLOAT, 2 * i + 1, pair.up.getAtIndex(JAVA_FLOAT, i));
        }
      }
    }
  }

  private static MemorySegment row(MemorySegment x, long r, long cols) {
    return x.asSlice(r * cols * Float.BYTES, cols * Float.BYTES);
  }
}
