package dev.rapt.model.load;

import dev.rapt.autograd.Casts;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.checkpoint.Weights;
import dev.rapt.quant.IntegerLayouts;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * The tensors that together hold one quantised matrix (N, K) of a linear layer.
 *
 * @param format the format in words, for errors
 * @param rows N, the outputs
 * @param cols K, the inputs
 */
record PackedTensors(Weights weights, String format, long rows, long cols) {
  /**
   * Creates the tensors of the matrix of a linear layer.
   *
   * @param name its name in the model, for errors
   * @param inputMajor whether the model's weight is (K, N)
   * @param shape shape of the model's weight
   */
  static PackedTensors of(
      Weights weights, String format, String name, boolean inputMajor, long... shape) {
    if (shape.length != 2) {
      throw weights.error(
          name,
          "must not be quantised, since it is a stack of matrices %s; %s is read for single matrices"
              .formatted(Shape.of(shape), format));
    }
    return new PackedTensors(weights, format, shape[inputMajor ? 1 : 0], shape[inputMajor ? 0 : 1]);
  }

  /** Returns the tensor of this name, empty if there is none. */
  @Nullable TensorEntry find(String name) {
    String fullName = weights.fullName(name);
    weights.markUsed(fullName);
    return weights.find(fullName).orElse(null);
  }

  /**
   * Returns the tensor of this name.
   *
   * @param dtype what its dtype must be; null for any floating-point dtype
   * @throws CheckpointException if it is missing or does not fit
   */
  TensorEntry require(String name, @Nullable DType dtype, long... shape) {
    Shape wanted = Shape.of(shape);
    TensorEntry entry = find(name);
    if (entry == null) {
      throw error(name, "must be " + wanted, "none");
    }
    if (!entry.shape().equals(wanted)) {
      throw error(name, "must be " + wanted, entry.shape().toString());
    }
    if (dtype == null ? !entry.dtype().isFloat() : entry.dtype() != dtype) {
      String type = dtype == null ? "of a floating-point dtype" : dtype.label();
      throw error(name, "must be " + type, entry.dtype().label());
    }
    return entry;
  }

  CheckpointException error(String name, String wanted, String got) {
    return weights.error(
        name,
        "%s for a layer with %d inputs and %d outputs in %s, got %s; check quantization_config in config.json"
            .formatted(wanted, cols, rows, format, got));
  }

  /** Checks that integers of a row or column fill words. */
  void requireWords(String name, long integers, int bits) {
    if (integers * bits % Integer.SIZE != 0) {
      throw error(
          name,
          "must hold whole words of 32 bits",
          "%d integers of %d bits".formatted(integers, bits));
    }
  }

  /** Returns the elements of a floating-point tensor as f32: mapped if they are, else a copy. */
  static MemorySegment floats(Scope scope, TensorEntry entry) {
    if (entry.dtype() == DType.F32) {
      return entry.data();
    }
    long n = entry.shape().numElements();
    Tensor readable = CheckpointSource.readable(scope, entry.data(), entry.dtype(), n);
    if (readable.dtype() == DType.F32) {
      return readable.memory();
    }
    Tensor wide = scope.empty(DType.F32, n);
    Casts.copy(wide, readable);
    return wide.memory();
  }

  /** Returns the transpose of a floating-point matrix as f32, in this scope. */
  static MemorySegment transposedFloats(Scope scope, TensorEntry entry) {
    try (Scope work = Scope.open()) {
      MemorySegment out = scope.empty(DType.F32, entry.shape().numElements()).memory();
      IntegerLayouts.transposeWords(
          out, floats(work, entry), entry.shape().dim(0), entry.shape().dim(1));
      return out;
    }
  }

  /**
   * Returns the group of each input; null if the groups are in order.
   *
   * @param count number of groups
   * @throws CheckpointException if there is no such group
   */
  int @Nullable [] groupOfColumn(String name, TensorEntry entry, long count, long size) {
    int[] groups = entry.data().toArray(ValueLayout.JAVA_INT_UNALIGNED);
    boolean inOrder = true;
    for (int c = 0; c < groups.length; c++) {
      if (groups[c] < 0 || groups[c] >= count) {
        throw weights.error(
            name,
            "must hold groups from 0 to %d, got %d at %d; the file is damaged"
                .formatted(count - 1, groups[c], c));
      }
      inOrder &= groups[c] == c / size;
    }
    return inOrder ? null : groups;
  }
}
