package dev.rapt.nn;

import dev.rapt.autograd.attention.Heads;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Function;

/**
 * The tokens of one sequence in a ragged pass.
 *
 * @param from index of its first token among those of the pass
 * @param pass of these tokens alone, with the KV cache of the sequence
 */
public record RaggedPart(int from, Pass pass) {
  /** Number of new tokens: T. */
  public int length() {
    return pass.seqLen();
  }

  /** The rows of this sequence, (1, T, D), of x (1, N, D): the same memory. */
  public Tensor rows(Tensor x) {
    return rows(x, from, length());
  }

  /** The rows of this sequence of heads over (1, N, width): the same memory. */
  public Heads rows(Heads x) {
    return x.in(rows(x.tensor()));
  }

  static Tensor rows(Tensor x, int from, int count) {
    long rowBytes = x.lastDim() * x.dtype().byteSize();
    MemorySegment part = x.memory().asSlice(from * rowBytes, count * rowBytes);
    return x.scope().wrap(part, x.dtype(), 1, count, x.lastDim());
  }

  /**
   * Joins what is computed for each sequence.
   *
   * @param computed gives (1, T, D) of a sequence
   * @param length of all sequences together: N
   * @return (1, N, D)
   */
  public static Tensor join(
      Scope scope, List<RaggedPart> parts, Function<RaggedPart, Tensor> computed, int length) {
    Tensor joined = null;
    for (RaggedPart part : parts) {
      Tensor one = computed.apply(part);
      if (joined == null) {
        joined = scope.empty(one.dtype(), 1, length, one.lastDim());
      }
      rows(joined, part.from, part.length()).memory().copyFrom(one.memory());
      one.scope().release(one);
    }
    if (joined == null) {
      throw new IllegalArgumentException("ragged pass: must have at least 1 sequence, got none");
    }
    return joined;
  }
}
