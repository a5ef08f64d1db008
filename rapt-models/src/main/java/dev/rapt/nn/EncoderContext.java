package dev.rapt.nn;

import dev.rapt.nn.cache.KvCache;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The encoder's output in a pass of a decoder: what it is, and which of it each query sees. */
public final class EncoderContext {
  private final Scope scope;
  private final int batchSize;
  private final int seqLen;
  private final @Nullable EncoderOutput output;
  private final int[] lengths;
  private @Nullable Tensor from;
  private @Nullable Tensor to;

  /**
   * For T tokens of B sequences.
   *
   * @param output null in a pass without, or where the cache holds what follows from it
   */
  EncoderContext(
      Scope scope, int batchSize, int seqLen, @Nullable EncoderOutput output, @Nullable KvCache cache) {
    this.scope = scope;
    this.batchSize = batchSize;
    this.seqLen = seqLen;
    this.output = output;
    lengths = lengths(output, cache, batchSize);
  }

  private static int[] lengths(@Nullable EncoderOutput output, @Nullable KvCache cache, int batchSize) {
    if (output == null) {
      return cache == null ? new int[0] : cache.sourceLengths();
    }
    if (output.lengths().length != batchSize) {
      throw new IllegalArgumentException(
          "encoded: must hold %d sequences, got %d".formatted(batchSize, output.lengths().length));
    }
    if (cache != null) {
      cache.beginSource(output.lengths());
    }
    return output.lengths();
  }

  /**
   * What the encoder put out.
   *
   * @throws IllegalStateException if the pass was not given any
   */
  public EncoderOutput output() {
    if (output == null) {
      throw new IllegalStateException("pass: a decoder with an encoder needs what that put out");
    }
    return output;
  }

  /** Positions of the encoder's output that some sequence has. */
  public int length() {
    return Arrays.stream(lengths).max().orElse(0);
  }

  /** (B, T) i32: the first position that each query sees. */
  public Tensor from() {
    if (from == null) {
      from = scope.ints(new int[batchSize * seqLen], batchSize, seqLen);
    }
    return from;
  }

  /** (B, T) i32: one past the last position that each query sees. */
  public Tensor to() {
    if (to == null) {
      int[] ends = new int[batchSize * seqLen];
      Arrays.setAll(ends, i -> lengths[i / seqLen]);
      to = scope.ints(ends, batchSize, seqLen);
    }
    return to;
  }
}
