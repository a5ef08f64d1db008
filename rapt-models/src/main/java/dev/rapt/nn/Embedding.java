package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;

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
    PackedWeight packed = table.packed();
    return packed != null && packed.staysPacked()
        ? unpacked(packed, ids)
        : Ops.embedding(table.compute(), ids, table.activationType(), paddingId);
  }

  /** Unpacks the rows of these ids alone. */
  private Tensor unpacked(PackedWeight packed, Tensor ids) {
    long numIds = packed.shape().dim(0);
    long width = packed.shape().dim(1);
    long[] dims = Arrays.copyOf(ids.shape().toArray(), ids.shape().rank() + 1);
    dims[dims.length - 1] = width;
    DType type = table.activationType();
    Tensor out = ids.scope().empty(type, dims);
    long rowBytes = width * type.byteSize();
    for (long i = 0; i < ids.numElements(); i++) {
      int id = ids.getInt(i);
      if (id < 0 || id >= numIds) {
        throw new IllegalArgumentException(
            "embedding: ids must be in [0, %d), got %d at index %d".formatted(numIds, id, i));
      }
      packed.unpackRows(0, id, id + 1L, type, out.memory().asSlice(i * rowBytes, rowBytes));
    }
    return out;
  }
}
