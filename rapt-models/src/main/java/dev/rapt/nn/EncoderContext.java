package dev.rapt.nn;

import dev.rapt.nn.cache.KvCache;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The encoder output in a decoder's pass, and which of its positions each query sees. */
public final class EncoderContext {
  private final Scope scope;
  private final int batchSize;
  private final int seqLen;
  private final @Nullable EncoderOutput output;
  private final int[] lengths;
  private @Nullable Tensor from;
  private @Nullable Tensor to;

  /**
   * Creates the context of T tokens of B sequences.
   *
   * @param output null in a pass without encoder, or where the cache holds its keys and values
   */
  EncoderContext(
      Scope scope,
      int batchSize,
      int seqLen,
      @Nullable EncoderOutput output,
      @Nullable KvCache cache) {
    this.scope = scope;
    this.batchSize = batchSize;
    this.seqLen = seqLen;
    this.output = output;
    lengths = lengths(output, cache, batchSize);
  }

  private static int[] lengths(
      @Nullable EncoderOutput output, @Nullable KvCache cache, int batchSize) {
    if (output == null) {
      return cache == null ? new int[0] : cache.sourceLengths();
    }
    if (output.lengths().length != batchSize) {
      throw new IllegalArgumentException(
          "encoder output: must hold %d sequences, got %d"
              .formatted(batchSize, output.lengths().length));
    }
    if (cache != null) {
      cache.beginSource(output.lengths());
    }
    return output.lengths();
  }

  /**
   * Returns the encoder output.
   *
   * @throws IllegalStateException if the pass has none
   */
  public EncoderOutput output() {
    if (output == null) {
      throw new IllegalStateException(
          "pass: cross-attention needs the encoder output, got none; set encoderOutput");
    }
    return output;
  }

  /** Returns the length of the longest sequence of the encoder output. */
  public int length() {
    return Arrays.stream(lengths).max().orElse(0);
  }

  /** Returns the first position that each query sees, (B, T) i32. */
  public Tensor from() {
    if (from == null) {
      from = scope.ints(new int[batchSize * seqLen], batchSize, seqLen);
    }
    return from;
  }

  /** Returns the end (exclusive) of the positions that each query sees, (B, T) i32. */
  public Tensor to() {
    if (to == null) {
      int[] ends = new int[batchSize * seqLen];
      Arrays.setAll(ends, i -> lengths[i / seqLen]);
      to = scope.ints(ends, batchSize, seqLen);
    }
    return to;
  }
}
