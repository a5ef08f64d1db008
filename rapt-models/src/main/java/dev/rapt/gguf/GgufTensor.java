package dev.rapt.gguf;

import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.quant.ggml.GgmlMatrix;
import dev.rapt.quant.ggml.GgmlType;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A tensor of a GGUF file.
 *
 * @param shape row-major: the reverse of the order in the file
 * @param data the elements or blocks, little-endian, valid as long as the arena that the file was
 *     mapped into
 */
public record GgufTensor(String name, GgmlType type, Shape shape, MemorySegment data) {
  /**
   * Returns the tensor as one of single elements.
   *
   * @throws IllegalArgumentException if it is in a block format
   */
  public TensorEntry entry() {
    DType dtype =
        type.dtype()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "%s: must be of single elements, got the block format %s"
                        .formatted(name, type)));
    return new TensorEntry(name, dtype, shape, data);
  }

  /**
   * Returns the tensor as a matrix of blocks: its last dimension is that of the columns.
   *
   * @throws IllegalArgumentException if it is not in a block format
   */
  public GgmlMatrix matrix() {
    long cols = shape.dim(shape.rank() - 1);
    return new GgmlMatrix(data, type, shape.numElements() / cols, cols);
  }

  /**
   * Returns one of the tensors along the first dimension, such as the matrix of an expert.
   *
   * @throws IllegalArgumentException if the tensor has one dimension
   */
  public GgufTensor slice(long index) {
    long[] dims = shape.toArray();
    if (dims.length < 2) {
      throw new IllegalArgumentException(
          "%s: must have two dimensions to be divided, got %s".formatted(name, shape));
    }
    long bytes = data.byteSize() / dims[0];
    return new GgufTensor(
        name,
        type,
        Shape.of(Arrays.copyOfRange(dims, 1, dims.length)),
        data.asSlice(index * bytes, bytes));
  }

  /**
   * Reads elements as floats.
   *
   * @param first index of the first one
   * @param out receives as many as it has room for
   * @throws IllegalArgumentException if the tensor is in a block format
   */
  public void readFloats(long first, float[] out) {
    DType dtype = entry().dtype();
    for (int i = 0; i < out.length; i++) {
      long at = first + i;
      out[i] =
          switch (dtype) {
            case F32 -> data.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, at);
            case F64 -> (float) data.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, at);
            case F16 -> Float.float16ToFloat(data.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, at));
            case BF16 ->
                Float.intBitsToFloat(data.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, at) << 16);
            default ->
                throw new IllegalArgumentException(
                    "%s: must be of floating-point numbers, got %s".formatted(name, type));
          };
    }
  }
}
