package dev.rapt.verify.report;

import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Conversions of recorded tensors. */
public final class RecordedTensors {
  private RecordedTensors() {}

  /**
   * The input of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static TensorEntry required(Map<String, TensorEntry> inputs, String name) {
    TensorEntry entry = inputs.get(name);
    if (entry == null) {
      throw new IllegalArgumentException("inputs: must hold " + name + ", got " + inputs.keySet());
    }
    return entry;
  }

  /**
   * Refuses inputs other than these, which would have no effect.
   *
   * @throws UnsupportedOperationException if there are others
   */
  public static void requireKnown(Map<String, TensorEntry> inputs, String... known) {
    if (!List.of(known).containsAll(inputs.keySet())) {
      throw new UnsupportedOperationException("inputs " + inputs.keySet());
    }
  }

  /** Adds a computed tensor to the outputs; it shares the memory of {@code value}. */
  public static void put(Map<String, TensorEntry> outputs, String name, Tensor value) {
    outputs.put(name, new TensorEntry(name, value.dtype(), value.shape(), value.memory()));
  }

  /** The elements of a tensor of integers. */
  public static int[] ints(TensorEntry entry) {
    int[] values = new int[Math.toIntExact(entry.shape().numElements())];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          entry.dtype() == DType.I64
              ? Math.toIntExact(entry.data().getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i))
              : entry.data().getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i);
    }
    return values;
  }

  /** Whether each id is a token and not padding; without a mask all are tokens. */
  public static boolean[][] mask(int[][] rows, @Nullable TensorEntry tensor) {
    boolean[][] mask = new boolean[rows.length][rows[0].length];
    for (int row = 0; row < rows.length; row++) {
      for (int col = 0; col < mask[row].length; col++) {
        mask[row][col] =
            tensor == null || Comparison.value(tensor, (long) row * mask[row].length + col) != 0;
      }
    }
    return mask;
  }

  /** Length of each row without padding on the right; without a mask the whole row. */
  public static int[] lengths(int[][] rows, @Nullable TensorEntry tensor) {
    int[] lengths = new int[rows.length];
    boolean[][] mask = mask(rows, tensor);
    for (int row = 0; row < rows.length; row++) {
      while (lengths[row] < mask[row].length && mask[row][lengths[row]]) {
        lengths[row]++;
      }
      for (int col = lengths[row]; col < mask[row].length; col++) {
        if (mask[row][col]) {
          throw new UnsupportedOperationException("padding that is not on the right");
        }
      }
    }
    return lengths;
  }

  /** Shifts labels (B, T) so that position i has label i + 1; the last position is ignored. */
  public static int[] shifted(int[] labels, int seqLen) {
    int[] targets = new int[labels.length];
    Arrays.setAll(targets, i -> i % seqLen == seqLen - 1 ? SoftmaxKernel.IGNORED : labels[i + 1]);
    return targets;
  }
}
