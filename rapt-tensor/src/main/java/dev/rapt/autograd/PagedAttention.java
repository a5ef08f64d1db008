package dev.rapt.autograd;

import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.attention.PagedHeads;
import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.KeySplits;
import dev.rapt.compute.rows.Precision;
import dev.rapt.kernel.AttentionCall;
import dev.rapt.kernel.AttentionKernel;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Attention of one sequence whose keys and values are in the pages of a KV cache: read where they
 * are, in the format that the pages have. No gradients. PagedAttention, arXiv:2309.06180.
 */
final class PagedAttention {
  private static final AttentionKernel KERNEL = KernelChoice.kernels().attention();

  private PagedAttention() {}

  static Tensor apply(Heads q, PagedHeads k, PagedHeads v, AttentionArgs args) {
    args.requireFitting(q, k, v);
    Scope scope = q.tensor().scope();
    if (scope instanceof Tape) {
      throw new IllegalStateException("attention: keys and values in pages take no gradients");
    }
    int B = q.batchSize(), T = q.seqLen();
    Tensor out = scope.empty(q.tensor().dtype(), B, T, (long) q.numHeads() * v.headDim());
    Tensor logSumExp = scope.empty(DType.F32, B, q.numHeads(), T);
    Tensor wideQ = Precision.widen(scope, q.tensor());
    Tensor wideOut = Precision.wideTarget(scope, out);
    Tensor byQuery = args.byQueryTable(), byKey = args.byKeyTable();
    Tensor wideByQuery = widen(scope, byQuery), wideByKey = widen(scope, byKey);
    AttentionCall call = args.call(q, k, v, wideByQuery, wideByKey);
    KeySplits.forward(
        KERNEL,
        call,
        new AttentionKernel.Inputs(q.in(wideQ).view(), k.view(), v.view()),
        new AttentionKernel.Results(
            Heads.of(wideOut, q.numHeads(), v.headDim()).view(), logSumExp.memory()));
    Precision.narrowInto(out, wideOut);
    Precision.drop(wideQ, q.tensor());
    drop(wideByQuery, byQuery);
    drop(wideByKey, byKey);
    scope.release(logSumExp);
    return out;
  }

  private static @Nullable Tensor widen(Scope scope, @Nullable Tensor table) {
    return table == null ? null : Precision.widen(scope, table);
  }

  private static void drop(@Nullable Tensor wide, @Nullable Tensor table) {
    if (wide != null && table != null) {
      Precision.drop(wide, table);
    }
  }
}
