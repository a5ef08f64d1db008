package dev.rapt.autograd;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.AttentionKernel;
import dev.rapt.kernel.Workers;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention in tiles; keeps the result and the log of each softmax denominator
 * for the backward pass. FlashAttention-2, arXiv:2307.08691.
 */
record AttentionOp(Heads q, Heads k, Heads v, AttentionArgs args, Tensor out, Tensor logSumExp)
    implements Op {
  private static final AttentionKernel KERNEL = KernelChoice.kernels().attention();

  static Tensor apply(Heads q, Heads k, Heads v, AttentionArgs args) {
    requireMatching(q, k, v);
    Scope scope = Scope.innermost(q.tensor(), k.tensor(), v.tensor());
    int B = q.batchSize();
    int T = q.seqLen();
    Tensor out = scope.empty(q.tensor().dtype(), B, T, (long) q.numHeads() * q.headDim());
    Tensor logSumExp = scope.empty(DType.F32, B, q.numHeads(), T);
    AttentionOp op = new AttentionOp(q, k, v, args, out, logSumExp);
    Wide wide = op.widen(scope);
    Tensor wideOut = Precision.wideTarget(scope, out);
    AttentionKernel.Call call = op.call();
    Heads outHeads = op.outHeads(wideOut);
    Workers.shared()
        .run(
            KERNEL.forwardTasks(call),
            task ->
                KERNEL.forward(
                    call,
                    outHeads.view(),
                    logSumExp.memory(),
                    wide.q.view(),
                    wide.k.view(),
                    wide.v.view(),
                    task,
                    task + 1));
    Precision.narrowInto(out, wideOut);
    op.drop(wide);
    return Tape.record(op, out, q.tensor(), k.tensor(), v.tensor());
  }

  private static void requireMatching(Heads q, Heads k, Heads v) {
    if (q.headDim() != k.headDim()
        || q.headDim() != v.headDim()
        || k.numHeads() != v.numHeads()
        || q.numHeads() % k.numHeads() != 0) {
      throw new IllegalArgumentException(
          "attention: heads must be equally wide and key-value heads divide query heads, got "
              + "%d x %d queries, %d x %d keys, %d x %d values"
                  .formatted(
                      q.numHeads(),
                      q.headDim(),
                      k.numHeads(),
                      k.headDim(),
                      v.numHeads(),
                      v.headDim()));
    }
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Scope scope = gradients.tape();
    Wide wide = widen(scope);
    Tensor wideOut = Precision.widen(scope, out);
    Tensor wideD = Precision.widen(scope, dOut);
    Tensor dQ = emptyGradient(scope, q, null, null);
    Tensor dK = emptyGradient(scope, k, q, dQ);
    Tensor dV = v.tensor() == k.tensor() ? dK : emptyGradient(scope, v, q, dQ);
    AttentionKernel.Call call = call();
    Workers.shared()
        .run(
            KERNEL.backwardTasks(call),
            task ->
                KERNEL.backward(
                    call,
                    q.in(dQ).view(),
                    k.in(dK).view(),
                    v.in(dV).view(),
                    outHeads(wideD).view(),
                    outHeads(wideOut).view(),
                    logSumExp.memory(),
                    wide.q.view(),
                    wide.k.view(),
                    wide.v.view(),
                    task,
                    task + 1));
    drop(wide);
    Precision.drop(wideOut, out);
    Precision.drop(wideD, dOut);
    give(q, dQ, gradients);
    if (dK != dQ) {
      give(k, dK, gradients);
    }
    if (dV != dK && dV != dQ) {
      give(v, dV, gradients);
    }
  }

  /** An f32 gradient for the tensor behind these heads, shared by heads of one tensor. */
  private static Tensor emptyGradient(
      Scope scope, Heads x, @Nullable Heads other, @Nullable Tensor dOther) {
    if (other != null && dOther != null && other.tensor().root() == x.tensor().root()) {
      return dOther;
    }
    Tensor d = scope.empty(DType.F32, x.tensor().shape());
    if (!x.isWhole()) {
      d.memory().fill((byte) 0);
    }
    return d;
  }

  private static void give(Heads x, Tensor dX, Backward gradients) {
    Tensor typed = dX;
    if (x.tensor().dtype() != DType.F32) {
      typed = gradients.tape().empty(x.tensor().dtype(), dX.shape());
      Precision.narrowInto(typed, dX);
    }
    gradients.addOrRelease(x.tensor(), typed);
  }

  private Heads outHeads(Tensor tensor) {
    return Heads.of(tensor, q.numHeads(), q.headDim());
  }

  private AttentionKernel.Call call() {
    return new AttentionKernel.Call(
        q.batchSize(),
        q.seqLen(),
        args.totalLen(),
        q.numHeads(),
        k.numHeads(),
        q.headDim(),
        args.scale(),
        args.keyFrom().memory(),
        args.keyTo().memory(),
        args.alibiSlopes() == null ? null : args.alibiSlopes().memory(),
        args.dropout(),
        args.dropoutSeed());
  }

  /** Queries, keys and values in f32. */
  private record Wide(Heads q, Heads k, Heads v) {}

  private Wide widen(Scope scope) {
    Tensor wideQ = Precision.widen(scope, q.tensor());
    Tensor wideK =
        k.tensor().root() == q.tensor().root() ? wideQ : Precision.widen(scope, k.tensor());
    Tensor wideV =
        v.tensor().root() == q.tensor().root()
            ? wideQ
            : v.tensor().root() == k.tensor().root() ? wideK : Precision.widen(scope, v.tensor());
    return new Wide(q.in(wideQ), k.in(wideK), v.in(wideV));
  }

  private void drop(Wide wide) {
    Precision.drop(wide.q.tensor(), q.tensor());
    if (wide.k.tensor() != wide.q.tensor()) {
      Precision.drop(wide.k.tensor(), k.tensor());
    }
    if (wide.v.tensor() != wide.q.tensor() && wide.v.tensor() != wide.k.tensor()) {
      Precision.drop(wide.v.tensor(), v.tensor());
    }
  }
}
