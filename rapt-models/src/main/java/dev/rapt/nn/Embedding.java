package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.tensor.Tensor;

/**
 * A table with a vector for each id.
 *
 * @param paddingId the id whose look-ups give its vector no gradient; -1 for none
 */
public record Embedding(Parameter table, int paddingId) {
  /** A table of numIds rows of this width. */
  public static Embedding of(ParameterSource source, long numIds, long width, double std) {
    return new Embedding(source.get("weight", new Init.Normal(std), numIds, width), -1);
  }

  /** The same without gradient for the vector of padding. */
  public Embedding withPadding(int id) {
    return new Embedding(table, id);
  }

  /** A table (numIds, width) that is not learned and no parameter of the model. */
  public static Embedding fixed(Tensor table) {
    return new Embedding(new Parameter("fixed", table), -1);
  }

  /** Maps ids (...) to (..., width). */
  public Tensor forward(Tensor ids) {
    return Ops.embedding(table.compute(), ids, table.activationType(), paddingId);
  }
}
