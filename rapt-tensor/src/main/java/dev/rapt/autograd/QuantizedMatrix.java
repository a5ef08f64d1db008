package dev.rapt.autograd;

import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * Quantised weight of a linear layer, unpacked at each use and not kept in unpacked form. No
 * gradients flow to it.
 *
 * @param outputSize N
 * @param inputSize K
 */
public record QuantizedMatrix(long outputSize, long inputSize, Writer writer) {
  /** Unpacks rows; any number of threads may call it at once. */
  @FunctionalInterface
  public interface Writer {
    /**
     * Writes rows [from, to) of the matrix (N, K).
     *
     * @param type f32 or bf16
     * @param out (to - from, K), row-major, written
     */
    void write(long from, long to, DType type, MemorySegment out);
  }
}
