package dev.rapt.autograd;

import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Arithmetic;
import dev.rapt.compute.rows.KeySplits;
import dev.rapt.compute.rows.Precision;
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
 * Scaled dot-product attention with the tiling of FlashAttention-2, arXiv:2307.08691. Keeps the
 * output and the log-sum-exp of each query's scores for the backward pass.
 */
record AttentionOp(Heads q, Heads k, Heads v, AttentionArgs args, Tensor out, Tensor logSumExp)
    implements Op {
  private static final AttentionKernel KERNEL = KernelChoice.kernels().attention();

  static Tensor apply(Heads q, Heads k, Heads v, AttentionArgs args) {
    args.requireFitting(q, k, v);
    Tensor byQuery = args.byQueryTable(), byKey = args.byKeyTable();
    Scope scope =
        Scope.innermost(q.tensor(), k.tensor(), v.tensor(), args.scoring().sinks(), byQuery, byKey);
    int B = q.batchSize(), T = q.seqLen();
    Tensor out = scope.empty(q.tensor().dtype(), B, T, (long) q.numHeads() * v.headDim());
    Tensor logSumExp = scope.empty(DType.F32, B, q.numHeads(), T);
    AttentionOp op = new AttentionOp(q, k, v, args, out, logSumExp);
    Wide wide = op.widen(scope);
    Tensor wideOut = Precision.wideTarget(scope, out);
    AttentionCall call = op.call(wide);
    var inputs = wide.inputs();
    var results = new AttentionKernel.Results(op.outHeads(wideOut).view(), logSumExp.memory());
    KeySplits.forward(KERNEL, call, inputs, results);
    Precision.narrowInto(out, wideOut);
    op.drop(wide);
    return Tape.record(
        op, out, q.tensor(), k.tensor(), v.tensor(), args.scoring().sinks(), byQuery, byKey);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Scope scope = gradients.tape();
    Wide wide = widen(scope);
    Tensor wideOut = Precision.widen(scope, out);
    Tensor wideD = Precision.widen(scope, dOut);
    Tensor dQ = emptyGradient(scope, q, q.seqLen());
    Tensor dK = k.isBeside(q) ? dQ : emptyGradient(scope, k, args.mask().totalLen());
    Tensor dV = emptyGradientOfValues(scope, dQ, dK);
    Tensor sinks = args.scoring().sinks();
    Tensor dSinks =
        sinks != null && sinks.isTracked() ? scope.empty(DType.F32, logSumExp.shape()) : null;
    Tensor dByQuery = emptyTableGradient(scope, args.byQueryTable());
    Tensor dByKey = emptyTableGradient(scope, args.byKeyTable());
    AttentionCall call = call(wide);
    var inputs = wide.inputs();
    var results = new AttentionKernel.Results(outHeads(wideOut).view(), logSumExp.memory());
    var written =
        new AttentionKernel.Gradients(
            q.in(dQ).view(),
            k.in(dK).view(),
            v.in(dV).view(),
            memory(dSinks),
            memory(dByQuery),
            memory(dByKey));
    var operands =
        new AttentionKernel.BackwardOperands(inputs, results, outHeads(wideD).view(), written);
    Workers.shared()
        .run(KERNEL.backwardTasks(call), task -> KERNEL.backward(call, operands, task, task + 1));
    drop(wide);
    Precision.drop(wideOut, out);
    Precision.drop(wideD, dOut);
    give(q.tensor(), dQ, gradients);
    if (dK != dQ) {
      give(k.tensor(), dK, gradients);
    }
    if (dV != dK && dV != dQ) {
      give(v.tensor(), dV, gradients);
    }
    if (sinks != null && dSinks != null) {
      addSinks(gradients.zeroedSlot(sinks), dSinks);
      scope.release(dSinks);
    }
    giveTable(args.byQueryTable(), dByQuery, gradients);
    giveTable(args.byKeyTable(), dByKey, gradients);
  }

  /** Adds the contributions of all queries (B, H, T) to the gradient of the attention sinks (H). */
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

  /**
   * Allocates a table gradient with a part for each sequence, (B, H, rows, N); null if not needed.
   */
  private @Nullable Tensor emptyTableGradient(Scope scope, @Nullable Tensor table) {
    return table != null && table.isTracked()
        ? scope.empty(DType.F32, q.batchSize(), table.dim(1), table.dim(2), table.dim(3))
        : null;
  }

  /** Adds the gradient of a table; parts of sequences that share it are summed in a fixed order. */
  private static void giveTable(
      @Nullable Tensor table, @Nullable Tensor parts, Backward gradients) {
    if (table == null || parts == null) {
      return;
    }
    if (parts.dim(0) == table.dim(0)) {
      give(table, parts, gradients);
      return;
    }
    Scope scope = gradients.tape();
    Tensor sum = scope.zeros(DType.F32, table.shape().toArray());
    long bytes = sum.memory().byteSize();
    for (long b = 0; b < parts.dim(0); b++) {
      MemorySegment part = parts.memory().asSlice(b * bytes, bytes);
      Arithmetic.add(sum, sum, scope.wrap(part, DType.F32, table.shape().toArray()));
    }
    scope.release(parts);
    give(table, sum, gradients);
  }

  /**
   * Returns the gradient of queries or keys if their tensor also holds the values, else a new one.
   */
  private Tensor emptyGradientOfValues(Scope scope, Tensor dQ, Tensor dK) {
    if (v.isBeside(k) && (dK != dQ || v.isBeside(q))) {
      return dK;
    }
    return v.isBeside(q) && dK != dQ ? dQ : emptyGradient(scope, v, args.mask().totalLen());
  }

  /**
   * Allocates an f32 gradient for the tensor of these heads, zero where the kernel does not write.
   */
  private Tensor emptyGradient(Scope scope, Heads x, int positions) {
    Tensor d = scope.empty(DType.F32, x.tensor().shape());
    boolean fused = k.isBeside(q) && v.isBeside(q) && v.isBeside(k);
    long written = fused ? q.width() + k.width() + v.width() : x.width();
    if (written < x.tensor().lastDim() || x.seqLen() > positions) {
      d.memory().fill((byte) 0);
    }
    return d;
  }

  private static void give(Tensor operand, Tensor dX, Backward gradients) {
    Tensor typed = dX;
    if (operand.dtype() != DType.F32) {
      typed = gradients.tape().empty(operand.dtype(), dX.shape());
      Precision.narrowInto(typed, dX);
    }
    gradients.addOrRelease(operand, typed);
  }

  private Heads outHeads(Tensor tensor) {
    return Heads.of(tensor, q.numHeads(), v.headDim());
  }

  private AttentionCall call(Wide wide) {
    return args.call(q, k, v, wide.byQuery, wide.byKey);
  }

  private static @Nullable MemorySegment memory(@Nullable Tensor tensor) {
    return tensor == null ? null : tensor.memory();
  }

  /** Queries, keys, values and relative-position tables in f32. */
  private record Wide(Heads q, Heads k, Heads v, @Nullable Tensor byQuery, @Nullable Tensor byKey) {
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
    Tensor byQuery = args.byQueryTable(), byKey = args.byKeyTable();
    return new Wide(
        q.in(wideQ),
        k.in(wideK),
        v.in(wideV),
        byQuery == null ? null : Precision.widen(scope, byQuery),
        byKey == null ? null : Precision.widen(scope, byKey));
  }

  private void drop(Wide wide) {
    Precision.drop(wide.q.tensor(), q.tensor());
    if (wide.k.tensor() != wide.q.tensor()) {
      Precision.drop(wide.k.tensor(), k.tensor());
    }
    if (wide.v.tensor() != wide.q.tensor() && wide.v.tensor() != wide.k.tensor()) {
      Precision.drop(wide.v.tensor(), v.tensor());
    }
    Tensor byQuery = args.byQueryTable(), byKey = args.byKeyTable();
    if (wide.byQuery != null && byQuery != null) {
      Precision.drop(wide.byQuery, byQuery);
    }
    if (wide.byKey != null && byKey != null) {
      Precision.drop(wide.byKey, byKey);
    }
  }
}
