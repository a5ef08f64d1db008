package dev.rapt.onnx;

import dev.rapt.checkpoint.StoredType;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.kernel.Workers;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * A weight of a checkpoint as a graph has it.
 *
 * @param name in the checkpoint
 * @param stored the constant that holds it
 * @param inputMajor whether the constant is the transpose, (K, N), of the weight (N, K)
 * @param part which of the equal parts of a fused constant it is
 * @param numParts how many there are: 3 for queries, keys and values side by side, else 1
 * @param quantization how integers stand for numbers; null if they do not
 */
record GraphWeight(
    String name,
    OnnxTensor stored,
    boolean inputMajor,
    int part,
    int numParts,
    @Nullable Quantization quantization) {
  /** Rows of the result that are written together, so that columns of the source are read once. */
  private static final long TILE = 16;

  /**
   * Integers q stand for the numbers (q - zero) * scale.
   *
   * @param scale one, or one for each row of the weight
   * @param zero as many as scales or one; null for 0
   */
  record Quantization(OnnxTensor scale, @Nullable OnnxTensor zero) {
    float[] scales(int numRows, int first) {
      return spread(scale, numRows, first);
    }

    float[] zeros(int numRows, int first) {
      return zero == null ? new float[numRows] : spread(zero, numRows, first);
    }

    private static float[] spread(OnnxTensor values, int numRows, int first) {
      boolean isOne = values.shape().numElements() == 1;
      float[] spread = new float[numRows];
      for (int n = 0; n < numRows; n++) {
        spread[n] = (float) values.element(isOne ? 0 : first + n);
      }
      return spread;
    }
  }

  /** Returns the same weight by another name. */
  GraphWeight named(String other) {
    return new GraphWeight(other, stored, inputMajor, part, numParts, quantization);
  }

  /** Returns the shape in the checkpoint. */
  Shape shape() {
    long[] dims = stored.shape().toArray();
    if (inputMajor) {
      return Shape.of(dims[1] / numParts, dims[0]);
    }
    if (numParts > 1) {
      dims[0] /= numParts;
    }
    return Shape.of(dims);
  }

  /** Returns the type of its elements: f32 for quantised ones. */
  StoredType type() {
    return quantization == null ? stored.type() : StoredType.F32;
  }

  /** Returns the number of bytes in the file. */
  long byteSize() {
    return stored.data().byteSize() / numParts;
  }

  /**
   * Returns the weight: the mapped elements where they are stored as in the checkpoint, else a
   * copy.
   *
   * @param arena owner of a copy
   */
  TensorEntry entry(Arena arena) {
    DType type = type().dtype().orElseThrow();
    return new TensorEntry(name, type, shape(), data(arena, type));
  }

  private MemorySegment data(Arena arena, DType type) {
    if (quantization == null && !inputMajor) {
      return stored.data().asSlice(part * byteSize(), byteSize());
    }
    MemorySegment out = arena.allocate(shape().numElements() * type.byteSize(), Long.BYTES);
    long numRows = shape().dim(0);
    Workers.shared()
        .forRange(
            Math.ceilDiv(numRows, TILE),
            1,
            (first, last) -> {
              for (long tile = first; tile < last; tile++) {
                long from = tile * TILE;
                writeRows(out, type, from, Math.min(numRows, from + TILE));
              }
            });
    return out;
  }

  /** Writes rows [from, to) of the weight (N, K). */
  private void writeRows(MemorySegment out, DType type, long from, long to) {
    long numRows = shape().dim(0);
    long cols = shape().numElements() / numRows;
    long rowStep = inputMajor ? 1 : cols;
    long colStep = inputMajor ? numRows * numParts : 1;
    long start = (part * numRows + from) * rowStep;
    MemorySegment in = stored.data();
    int n = (int) (to - from);
    if (quantization != null) {
      int first = (int) (part * numRows + from);
      float[] scales = quantization.scales(n, first);
      float[] zeros = quantization.zeros(n, first);
      int mask = stored.type() == StoredType.U8 ? 0xff : -1;
      for (long k = 0; k < cols; k++) {
        for (int r = 0; r < n; r++) {
          int q = in.get(ValueLayout.JAVA_BYTE, start + r * rowStep + k * colStep) & mask;
          out.setAtIndex(ValueLayout.JAVA_FLOAT, (from + r) * cols + k, (q - zeros[r]) * scales[r]);
        }
      }
      return;
    }
    switch (type.byteSize()) {
      case Short.BYTES -> {
        for (long k = 0; k < cols; k++) {
          for (int r = 0; r < n; r++) {
            out.setAtIndex(
                ValueLayout.JAVA_SHORT,
                (from + r) * cols + k,
                in.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, start + r * rowStep + k * colStep));
          }
        }
      }
      case Integer.BYTES -> {
        for (long k = 0; k < cols; k++) {
          for (int r = 0; r < n; r++) {
            out.setAtIndex(
                ValueLayout.JAVA_INT,
                (from + r) * cols + k,
                in.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, start + r * rowStep + k * colStep));
          }
        }
      }
      default -> {
        long width = type.byteSize();
        for (long k = 0; k < cols; k++) {
          for (int r = 0; r < n; r++) {
            MemorySegment.copy(
                in,
                (start + r * rowStep + k * colStep) * width,
                out,
                ((from + r) * cols + k) * width,
                width);
          }
        }
      }
    }
  }
}
