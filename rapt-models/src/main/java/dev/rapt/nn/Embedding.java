package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.tensor.Tensor;

/** A table with a vector for each id. */
public record Embedding(Parameter table) {
  /** A table of numIds rows of this width. */
  public static Embedding of(ParameterSource source, long numIds, long width, double std) {
    return new Embedding(source.get("weight", new Init.Normal(std), numIds, width));
  }

  /** A table (numIds, width) that is not learned and no parameter of the model. */
  public static Embedding fixed(Tensor table) {
    return new Embedding(new Parameter("fixed", table));
  }

  /** Maps ids (...) to (..., width). */
  public Tensor forward(Tensor ids) {
    return Ops.embedding(table.compute(), ids, table.activationType());
  }
}
