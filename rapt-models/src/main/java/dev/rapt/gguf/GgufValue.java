package dev.rapt.gguf;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A value of the metadata with its type.
 *
 * @param element type of the elements of an array; null for other types
 * @param value {@link Long} or {@link Integer}, or {@link java.math.BigInteger} beyond 2^63; {@link
 *     Float}, {@link Double}, {@link Boolean}, {@link String}; {@link List} for arrays
 */
public record GgufValue(GgufValueType type, @Nullable GgufValueType element, Object value) {
  /** Returns a value of the usual type: integers are unsigned, in arrays signed. */
  public static GgufValue of(Object value) {
    GgufValueType type = GgufValueType.of(value);
    if (!(value instanceof List<?> list)) {
      return new GgufValue(type, null, value);
    }
    GgufValueType element =
        list.isEmpty() ? GgufValueType.STRING : GgufValueType.of(list.getFirst());
    return array(element == GgufValueType.UINT32 ? GgufValueType.INT32 : element, list);
  }

  /** Returns an array. */
  public static GgufValue array(GgufValueType element, List<?> values) {
    return new GgufValue(GgufValueType.ARRAY, element, values);
  }
}
