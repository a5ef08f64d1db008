package dev.rapt.gguf.architecture;

import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.gguf.GgufTensor;
import dev.rapt.quant.PackedMatrix;
import dev.rapt.quant.PackedWeight;
import dev.rapt.quant.ReorderedRows;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor of a Hugging Face checkpoint as a GGUF file has it.
 *
 * @param name in the checkpoint
 * @param parts stored tensors that it consists of: two for the projection of gpt-oss that is stored
 *     as gate and up, else one
 * @param heads number of heads of a projection whose rows are in pairs, else 0
 */
record StoredTensor(String name, List<GgufTensor> parts, TensorLayout layout, int heads) {

  private GgufTensor first() {
    return parts.getFirst();
  }

  /** Returns whether it is made of two tensors, one of which is missing. */
  boolean isHalf() {
    return (layout == TensorLayout.EVEN || layout == TensorLayout.ODD) && parts.size() < 2;
  }

  /** Returns whether it is in a block format. */
  boolean isPacked() {
    return first().type().dtype().isEmpty();
  }

  /** Returns the shape in the checkpoint. */
  Shape shape() {
    long[] dims = first().shape().toArray();
    int last = dims.length - 1;
    switch (layout) {
      case TRANSPOSED, EXPERTS_TRANSPOSED -> swapIfMatrix(dims);
      case EVEN, ODD -> {
        boolean isMatrices = dims.length == 3;
        dims[isMatrices ? 1 : last] *= 2;
        swapIfMatrices(dims);
      }
      case SAME, QUERIES, KEYS, PLUS_ONE -> {
        // as stored
      }
    }
    return Shape.of(dims);
  }

  private void swapIfMatrix(long[] dims) {
    if (layout == TensorLayout.EXPERTS_TRANSPOSED) {
      swapIfMatrices(dims);
    } else if (dims.length == 2) {
      swapLast(dims);
    }
  }

  /** A stack of vectors, the biases of experts, has two dimensions and stays as it is. */
  private static void swapIfMatrices(long[] dims) {
    if (dims.length == 3) {
      swapLast(dims);
    }
  }

  private static void swapLast(long[] dims) {
    int last = dims.length - 1;
    long cols = dims[last];
    dims[last] = dims[last - 1];
    dims[last - 1] = cols;
  }

  /** Returns the weight in a block format, over the mapped file. */
  PackedWeight packed() {
    boolean transposed =
        layout == TensorLayout.TRANSPOSED
            || layout == TensorLayout.EXPERTS_TRANSPOSED
            || layout == TensorLayout.EVEN
            || layout == TensorLayout.ODD;
    List<PackedMatrix> matrices = new ArrayList<>();
    if (first().shape().rank() < 3) {
      matrices.add(inOrder(parts));
    } else {
      for (long x = 0; x < first().shape().dim(0); x++) {
        long expert = x;
        matrices.add(inOrder(parts.stream().map(part -> part.slice(expert)).toList()));
      }
    }
    return new PackedWeight(shape(), matrices, transposed);
  }

  private PackedMatrix inOrder(List<GgufTensor> stored) {
    List<? extends PackedMatrix> matrices = stored.stream().map(GgufTensor::matrix).toList();
    return switch (layout) {
      case QUERIES, KEYS -> new ReorderedRows(matrices, halves());
      case EVEN, ODD -> new ReorderedRows(matrices, new ReorderedRows.InTurn());
      case SAME, TRANSPOSED, PLUS_ONE, EXPERTS_TRANSPOSED -> matrices.getFirst();
    };
  }

  private ReorderedRows.Halves halves() {
    return new ReorderedRows.Halves(first().shape().dim(0) / heads);
  }

  /**
   * Returns the tensor: the mapped elements where they are stored as in the checkpoint, else a
   * copy.
   *
   * @param arena owner of a copy
   */
  TensorEntry entry(Arena arena) {
    DType type = first().type().dtype().orElseThrow();
    MemorySegment data =
        switch (layout) {
          case SAME -> first().data();
          case QUERIES, KEYS -> reordered(arena, first(), halves());
          case TRANSPOSED -> transposedEach(arena, first().data(), first().shape(), 2);
          case EXPERTS_TRANSPOSED -> transposedEach(arena, first().data(), first().shape(), 3);
          case EVEN, ODD -> interleaved(arena);
          case PLUS_ONE -> minusOne(arena, type);
        };
    return new TensorEntry(name, type, shape(), data);
  }

  private MemorySegment reordered(Arena arena, GgufTensor tensor, ReorderedRows.Order order) {
    long rows = tensor.shape().dim(0);
    long rowBytes = tensor.data().byteSize() / rows;
    MemorySegment copy = arena.allocate(tensor.data().byteSize(), Long.BYTES);
    for (long row = 0; row < rows; row++) {
      copy.asSlice(row * rowBytes, rowBytes)
          .copyFrom(tensor.data().asSlice(order.rowOf(row) * rowBytes, rowBytes));
    }
    return copy;
  }

  /** Interleaves gate and up, (X, F, K) or (X, F) each, and transposes the matrices. */
  private MemorySegment interleaved(Arena arena) {
    Shape stored = first().shape();
    long size = first().data().byteSize();
    long X = stored.dim(0);
    long F = stored.dim(1);
    long rowBytes = size / (X * F);
    MemorySegment both = arena.allocate(2 * size, Long.BYTES);
    for (long row = 0; row < X * F; row++) {
      for (int part = 0; part < 2; part++) {
        both.asSlice((2 * row + part) * rowBytes, rowBytes)
            .copyFrom(parts.get(part).data().asSlice(row * rowBytes, rowBytes));
      }
    }
    return stored.rank() < 3
        ? both
        : transposedEach(arena, both, Shape.of(X, 2 * F, stored.dim(2)), 3);
  }

  /** Transposes each matrix of a tensor of this rank; keeps tensors of a lower rank. */
  private MemorySegment transposedEach(
      Arena arena, MemorySegment data, Shape stored, int matrixRank) {
    if (stored.rank() < matrixRank) {
      return data;
    }
    long rows = stored.dim(stored.rank() - 2);
    long cols = stored.dim(stored.rank() - 1);
    long elementBytes = data.byteSize() / stored.numElements();
    MemorySegment copy = arena.allocate(data.byteSize(), Long.BYTES);
    for (long from = 0; from < stored.numElements(); from += rows * cols) {
      for (long r = 0; r < rows; r++) {
        for (long c = 0; c < cols; c++) {
          MemorySegment.copy(
              data,
              (from + r * cols + c) * elementBytes,
              copy,
              (from + c * rows + r) * elementBytes,
              elementBytes);
        }
      }
    }
    return copy;
  }

  private MemorySegment minusOne(Arena arena, DType type) {
    if (type != DType.F32) {
      throw new IllegalArgumentException(
          "%s: must be f32, got %s".formatted(first().name(), type.label()));
    }
    MemorySegment copy = arena.allocate(first().data().byteSize(), Long.BYTES);
    for (long i = 0; i < first().shape().numElements(); i++) {
      float plusOne = first().data().getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
      copy.setAtIndex(ValueLayout.JAVA_FLOAT, i, plusOne - 1);
    }
    return copy;
  }
}
