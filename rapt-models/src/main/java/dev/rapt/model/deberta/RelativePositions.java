package dev.rapt.model.deberta;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.RelativeColumns;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Vectors of relative positions, which all layers share: of the distances from -span to span - 1,
 * or of buckets of distances.
 *
 * @param table (2 span, D)
 * @param norm of the vectors, or null
 * @param span distances, or buckets, to either side
 * @param buckets whether they are buckets
 * @param maxRelative from here on all distances share a bucket
 */
record RelativePositions(
    Parameter table, @Nullable Norm norm, int span, boolean buckets, int maxRelative) {
  /** The vectors (1, 2 s, D) that a pass of this length needs, where s is {@link #reach}. */
  Tensor vectors(Scope scope, Pass pass) {
    int reach = reach(pass);
    int[] rows = new int[2 * reach];
    Arrays.setAll(rows, i -> span - reach + i);
    Tensor picked =
        Ops.embedding(
            table.compute(), scope.ints(rows, 1, rows.length), table.activationType(), -1);
    return norm == null ? picked : norm.forward(picked);
  }

  /** The vector of each distance of a key from a query. */
  RelativeColumns columns(Scope scope, Pass pass) {
    int reach = reach(pass);
    return RelativeColumns.of(
        scope,
        pass.seqLen(),
        pass.totalLen(),
        distance -> Math.clamp(position(-distance) + reach, 0, 2 * reach - 1));
  }

  /** Distances to either side that occur. */
  private int reach(Pass pass) {
    return buckets ? span : Math.min(span, pass.totalLen());
  }

  /**
   * A distance, or the signed bucket of it: small ones by themselves, larger ones in logarithmic
   * steps, in f32 as in the reference since the rounding decides at the borders. DeBERTa V3,
   * arXiv:2111.09543; source: transformers, modeling_deberta_v2.py, make_log_bucket_position.
   */
  int position(int distance) {
    int mid = span / 2;
    int away = Math.abs(distance);
    if (!buckets || away <= mid) {
      return distance;
    }
    float log = (float) Math.log((float) away / mid);
    float all = (float) Math.log((float) ((maxRelative - 1.0) / mid));
    int bucket = (int) Math.ceil(log / all * (mid - 1)) + mid;
    return distance < 0 ? -bucket : bucket;
  }
}
