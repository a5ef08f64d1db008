package dev.rapt.autograd;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.AttentionCall;
import dev.rapt.kernel.AttentionKernel;
import dev.rapt.kernel.Workers;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention in tiles; keeps the result and the log of each softmax denominator
 * for the backward pass. FlashAttention-2, arXiv:2307.08691.
 */
record AttentionOp(Heads q, Heads k, Heads v, AttentionArgs args, Tensor out, Tensor logSumExp)
    implements Op {
  private static final AttentionKernel KERNEL = KernelChoice.kernels().attention();

  static Tensor apply(Heads q, Heads k, Heads v, AttentionArgs args) {
    requireMatching(q, k, v, args);
    Scope scope = Scope.innermost(q.tensor(), k.tensor(), v.tensor());
    int B = q.batchSize();
    int T = q.seqLen();
    Tensor out = scope.empty(q.tensor().dtype(), B, T, (long) q.numHeads() * v.headDim());
    Tensor logSumExp = scope.empty(DType.F32, B, q.numHeads(), T);
    AttentionOp op = new AttentionOp(q, k, v, args, out, logSumExp);
    Wide wide = op.widen(scope);
    Tensor wideOut = Precision.wideTarget(scope, out);
    AttentionCall call = op.call();
    var inputs = wide.inputs();
    var results = new AttentionKernel.Results(op.outHeads(wideOut).view(), logSumExp.memory());
    Workers.shared()
        .run(
            KERNEL.forwardTasks(call),
            task -> KERNEL.forward(call, inputs, results, task, task + 1));
    Precision.narrowInto(out, wideOut);
    op.drop(wide);
    return Tape.record(op, out, q.tensor(), k.tensor(), v.tensor(), args.sinks());
  }

  private static void requireMatching(Heads q, Heads k, Heads v, AttentionArgs args) {
    if (q.headDim() != k.headDim()
        || k.numHeads() != v.numHeads()
        || q.numHeads() % k.numHeads() != 0) {
      throw new IllegalArgumentException(
          "attention: queries and keys must be equally wide, keys and values have equally many"
              + " heads, which divide those of queries, got %d x %d queries, %d x %d keys, %d x %d values"
                  .formatted(
                      q.numHeads(),
                      q.headDim(),
                      k.numHeads(),
                      k.headDim(),
                      v.numHeads(),
                      v.headDim()));
    }
    int B = q.batchSize(), T = q.seqLen(), S = args.totalLen();
    if (k.batchSize() != B || v.batchSize() != B || k.seqLen() < S || v.seqLen() < S) {
      throw new IllegalArgumentException(
          "attention: keys and values must be %d sequences of at least %d positions, got %s and %s"
              .formatted(B, S, k.tensor(), v.tensor()));
    }
    args.keyFrom().requireType(DType.I32).requireShape("attention: keyFrom", B, T);
    args.keyTo().requireType(DType.I32).requireShape("attention: keyTo", B, T);
    requireHeadValues("alibiSlopes", args.alibiSlopes(), q.numHeads());
    requireHeadValues("sinks", args.sinks(), q.numHeads());
    if (!(args.softCap() >= 0)) {
      throw new IllegalArgumentException(
          "attention: softCap must be positive, or 0 for none, got " + args.softCap());
    }
  }

  private static void requireHeadValues(String name, @Nullable Tensor values, int numHeads) {
    if (values != null) {
      values.requireType(DType.F32).requireShape("attention: " + name, numHeads);
    }
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Scope scope = gradients.tape();
    Wide wide = widen(scope);
    Tensor wideOut = Precision.widen(scope, out);
    Tensor wideD = Precision.widen(scope, dOut);
    Tensor dQ = emptyGradient(scope, q, q.seqLen());
    Tensor dK = k.isBeside(q) ? dQ : emptyGradient(scope, k, args.totalLen());
    Tensor dV = emptyGradientOfValues(scope, dQ, dK);
    Tensor sinks = args.sinks();
    Tensor dSinks =
        sinks != null && sinks.isTracked() ? scope.empty(DType.F32, logSumExp.shape()) : null;
    AttentionCall call = call();
    var inputs = wide.inputs();
    var results = new AttentionKernel.Results(outHeads(wideOut).view(), logSumExp.memory());
    var written =
        new AttentionKernel.Gradients(
            q.in(dQ).view(),
            k.in(dK).view(),
            v.in(dV).view(),
            dSinks == null ? null : dSinks.memory());
    Workers.shared()
        .run(
            KERNEL.backwardTasks(call),
            task ->
                KERNEL.backward(
                    call, inputs, results, outHeads(wideD).view(), written, task, task + 1));
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
    if (sinks != null && dSinks != null) {
      addSinks(gradients.zeroedSlot(sinks), dSinks);
      scope.release(dSinks);
    }
  }

  /** Adds to the gradient of each head's sink (H) the parts of its queries (B, H, T). */
  private static void addSinks(Tensor sum, Tensor parts) {
    int B = Math.toIntExact(parts.dim(0)), H = Math.toIntExact(parts.dim(1));
    long T = parts.dim(2);
    for (int h = 0; h < H; h++) {
      double total = sum.getFloat(h);
      for (int b = 0; b < B; b++) {
        for (long t = 0; t < T; t++) {
          total += parts.getFloat(((long) b * H + h) * T + t);
        }
      }
      sum.memory().setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, h, (float) total);
    }
  }

  /** That of queries or keys where values are other columns of the same tensor. */
  private Tensor emptyGradientOfValues(Scope scope, Tensor dQ, Tensor dK) {
    if (v.isBeside(k) && (dK != dQ || v.isBeside(q))) {
      return dK;
    }
    return v.isBeside(q) && dK != dQ ? dQ : emptyGradient(scope, v, args.totalLen());
  }

  /** An f32 gradient for the tensor behind these heads, zeros where the kernel does not write. */
  private static Tensor emptyGradient(Scope scope, Heads x, int positions) {
    Tensor d = scope.empty(DType.F32, x.tensor().shape());
    if (!x.isWhole() || x.seqLen() > positions) {
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
    return Heads.of(tensor, q.numHeads(), v.headDim());
  }

  private AttentionCall call() {
    return new AttentionCall(
        new AttentionCall.Sizes(
            q.batchSize(),
            q.seqLen(),
            args.totalLen(),
            q.numHeads(),
            k.numHeads(),
            q.headDim(),
            v.headDim()),
        new AttentionCall.Mask(args.keyFrom().memory(), args.keyTo().memory()),
        new AttentionCall.Scoring(
            args.scale(), args.softCap(), memory(args.alibiSlopes()), memory(args.sinks())),
        new AttentionCall.Dropout(args.dropout(), args.dropoutSeed()));
  }

  private static @Nullable MemorySegment memory(@Nullable Tensor tensor) {
    return tensor == null ? null : tensor.memory();
  }

  /** Queries, keys and values in f32. */
  private record Wide(Heads q, Heads k, Heads v) {
    AttentionKernel.Inputs inputs() {
      return new AttentionKernel.Inputs(q.view(), k.view(), v.view());
    }
  }

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
