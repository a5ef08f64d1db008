package dev.rapt.autograd;

import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.attention.Rotation;
import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Precision;
import dev.rapt.kernel.HeadView;
import dev.rapt.kernel.RopeCall;
import dev.rapt.kernel.RopeKernel;
import dev.rapt.kernel.Workers;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/** Rotary position embedding (RoPE), in place. RoFormer, arXiv:2104.09864. */
record RopeOp(Heads x, Rotation rotation) implements Op {
  private static final RopeKernel KERNEL = KernelChoice.kernels().rope();

  /** Smallest number of elements per task: for fewer, another thread costs more than it saves. */
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
    // each token is passed as a sequence of length 1, so that the work divides evenly
    HeadView view = new HeadView(wide.memory(), x.from(), width, width);
    RopeCall call =
        new RopeCall(new RopeCall.Sizes(1, x.numHeads(), x.headDim()), rotation.angles(), inverse);
    Workers.shared()
        .forRange(
            (long) x.batchSize() * x.seqLen(),
            Math.max(1, PARALLEL_GRAIN / ((long) x.numHeads() * x.headDim())),
            (from, to) -> KERNEL.rotate(view, view, call, from, to));
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
