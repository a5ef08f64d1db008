package dev.rapt.autograd;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.HeadView;
import dev.rapt.kernel.RopeKernel;
import dev.rapt.kernel.Workers;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/** Rotary positions, in place. RoFormer, arXiv:2104.09864. */
record RopeOp(Heads x, Rotation rotation) implements Op {
  private static final RopeKernel KERNEL = KernelChoice.kernels().rope();

  /** Elements below which handing work to another thread costs more than it saves. */
  private static final long PARALLEL_GRAIN = 16384;

  static Heads apply(Heads x, Rotation rotation) {
    rotate(x, rotation, false);
    Tensor rotated = x.tensor().reshape(x.tensor().shape().toArray());
    Tape.record(new RopeOp(x, rotation), rotated, x.tensor());
    return x.in(rotated);
  }

  private static void rotate(Heads x, Rotation rotation, boolean inverse) {
    Scope scope = x.tensor().scope();
    Tensor wide = Precision.widen(scope, x.tensor());
    long width = x.tensor().lastDim();
    // every token is a sequence of its own here, so that the work divides evenly
    HeadView view = new HeadView(wide.memory(), x.from(), width, width);
    Workers.shared()
        .forRange(
            (long) x.batchSize() * x.seqLen(),
            Math.max(1, PARALLEL_GRAIN / ((long) x.numHeads() * x.headDim())),
            (from, to) ->
                KERNEL.rotate(
                    view,
                    view,
                    rotation.cos().memory(),
                    rotation.sin().memory(),
                    rotation.rows().memory(),
                    from,
                    to,
                    1,
                    x.numHeads(),
                    x.headDim(),
                    rotation.pairs(),
                    rotation.interleaved(),
                    inverse));
    Precision.narrowInto(x.tensor(), wide);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor own = dOut.isExclusive() ? dOut.reshape(dOut.shape().toArray()) : copy(dOut, gradients);
    rotate(x.in(own), rotation, true);
    gradients.add(x.tensor(), own);
  }

  private static Tensor copy(Tensor d, Backward gradients) {
    Tensor copy = gradients.tape().empty(d.dtype(), d.shape());
    copy.memory().copyFrom(d.memory());
    return copy;
  }
}
