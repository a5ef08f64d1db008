package dev.rapt.model.encoder;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.RelativeColumns;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.nn.attention.LogBuckets;
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
 * @param buckets sorts distances; null where each has a vector of its own
 */
record RelativePositions(
    Parameter table, @Nullable Norm norm, int span, @Nullable LogBuckets buckets) {
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
    return buckets != null ? span : Math.min(span, pass.totalLen());
  }

  private int position(int distance) {
    return buckets == null ? distance : buckets.bucket(distance);
  }
}
