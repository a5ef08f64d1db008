package dev.rapt.onnx;

import dev.rapt.checkpoint.StoredType;
import dev.rapt.kernel.Float8;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A constant of a graph: an initialiser or the value of a Constant node.
 *
 * @param type of its elements
 * @param data row-major, little-endian, valid as long as the arena that the file was mapped into;
 *     not necessarily aligned to the element size
 */
public record OnnxTensor(String name, StoredType type, Shape shape, MemorySegment data) {
  /** Returns whether its elements are floating-point numbers. */
  boolean isFloat() {
    return type.dtype().filter(DType::isFloat).isPresent();
  }

  /** Returns whether its elements are integers of 8 bits. */
  boolean isByte() {
    return type == StoredType.I8 || type == StoredType.U8;
  }

  /** Returns an element of any type with numbers. */
  double element(long i) {
    return switch (type) {
      case F64 -> data.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, i);
      case F32 -> data.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
      case F16 -> Float.float16ToFloat(data.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i));
      case BF16 -> Float.intBitsToFloat(data.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i) << 16);
      case I64, U64 -> data.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i);
      case I32, U32 -> data.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i);
      case I16 -> data.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i);
      case U16 -> data.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i) & 0xffff;
      case I8 -> data.get(ValueLayout.JAVA_BYTE, i);
      case U8, BOOL -> data.get(ValueLayout.JAVA_BYTE, i) & 0xff;
      case F8_E4M3, F8_E5M2 ->
          Float8.toFloat(type.dtype().orElseThrow(), data.get(ValueLayout.JAVA_BYTE, i));
      default -> throw new IllegalStateException(name + " is of type " + type.label());
    };
  }
}
