package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.tensor.Tensor;

/**
 * Embedding: a table with a vector per id.
 *
 * @param paddingId id of padding, whose vector gets no gradient; -1 for none
 */
public record Embedding(Parameter table, int paddingId) {
  /** Creates a table of {@code numIds} rows of this width. */
  public static Embedding of(ParameterSource source, long numIds, long width, double std) {
    return new Embedding(source.get("weight", new Init.Normal(std), numIds, width), -1);
  }

  /** Returns a copy in which the vector of padding, this id, gets no gradient. */
  public Embedding withPadding(int id) {
    return new Embedding(table, id);
  }

  /**
   * Returns an embedding with a constant table (numIds, width), which is no parameter of the model.
   */
  public static Embedding fixed(Tensor table) {
    return new Embedding(new Parameter("fixed", table), -1);
  }

  /** Maps ids (...) to (..., width). */
  public Tensor forward(Tensor ids) {
    return Ops.embedding(table.compute(), ids, table.activationType(), paddingId);
  }
}
