package dev.rapt.nn.attention;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.RelativeScores;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/**
 * Relative position bias: a learned number per head and bucket of distance, added to the attention
 * scores. T5, MPNet.
 *
 * @param table (numBuckets, H)
 */
public record RelativeBias(Parameter table, RelativeBuckets buckets) {
  /** Creates the bias from the table {@code weight} of a source. */
  public static RelativeBias of(
      ParameterSource source, RelativeBuckets buckets, int numHeads, double std) {
    return new RelativeBias(
        source.get("weight", new Init.Normal(std), buckets.numBuckets(), numHeads), buckets);
  }

  /** Returns what this adds to the scores of a pass, for queries in this scope. */
  RelativeScores scores(Pass pass, Scope scope) {
    Tensor byHead = Ops.transpose(scope, table.value()); // (H, numBuckets)
    return new RelativeScores(
        byHead.reshape(1, byHead.dim(0), 1, byHead.dim(1)), pass.value(buckets));
  }
}
