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

  /** Creates the table of token embeddings, which may be tied to the weight of the head. */
  public static Embedding ofTokens(ParameterSource source, long vocabSize, long width, double std) {
    return new Embedding(
        source.tokenEmbedding("weight", new Init.Normal(std), vocabSize, width), -1);
  }

  /**
   * Returns the embedding of another stack, tied to this one: this one, unless the checkpoint
   * stores a table that differs.
   *
   * @param source of the other embedding
   */
  public Embedding tied(ParameterSource source) {
    return new Embedding(source.tied("weight", table), paddingId);
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
