package dev.rapt.gguf;

import dev.rapt.checkpoint.CheckpointException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The metadata of a GGUF file: values by key, in the order of the file. Immutable. */
public final class GgufMetadata {
  private static final int MAX_NESTING = 8;

  private final Path file;
  private final Map<String, GgufValue> typed;

  private GgufMetadata(Path file, Map<String, GgufValue> typed) {
    this.file = file;
    this.typed = Collections.unmodifiableMap(typed);
  }

  /** Reads so many keys and values. */
  static GgufMetadata read(Path file, GgufCursor in, long count) {
    Map<String, GgufValue> values = new LinkedHashMap<>();
    for (long i = 0; i < count; i++) {
      String key = in.string();
      GgufValue value = new Reader(file, key, in).typed();
      if (values.put(key, value) != null) {
        throw new CheckpointException(file, key, "must be there once, but it is there twice");
      }
    }
    return new GgufMetadata(file, values);
  }

  /** Returns a copy without the keys that begin with this prefix. */
  GgufMetadata without(String prefix) {
    Map<String, GgufValue> rest = new LinkedHashMap<>(typed);
    rest.keySet().removeIf(key -> key.startsWith(prefix));
    return new GgufMetadata(file, rest);
  }

  /** Returns the file, for errors. */
  public Path file() {
    return file;
  }

  /** Returns the values with their types. */
  public Map<String, GgufValue> typed() {
    return typed;
  }

  /**
   * Returns the values: {@link Long} for integers of all sizes, {@link BigInteger} beyond 2^63;
   * {@link Float}, {@link Double}, {@link Boolean}, {@link String}; {@link List} for arrays.
   */
  public Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    typed.forEach((key, value) -> values.put(key, value.value()));
    return Collections.unmodifiableMap(values);
  }

  /** Returns whether there is a value of this key. */
  public boolean has(String key) {
    return typed.containsKey(key);
  }

  /**
   * Returns an integer.
   *
   * @throws CheckpointException if it is missing or of another type
   */
  public long integer(String key) {
    return value(key, Long.class, "an integer");
  }

  /** Returns an integer, or this one if the key is missing. */
  public long integer(String key, long usual) {
    return has(key) ? integer(key) : usual;
  }

  /**
   * Returns a number.
   *
   * @throws CheckpointException if it is missing or of another type
   */
  public double number(String key) {
    return value(key, Number.class, "a number").doubleValue();
  }

  /** Returns a number, or this one if the key is missing. */
  public double number(String key, double usual) {
    return has(key) ? number(key) : usual;
  }

  /**
   * Returns a text.
   *
   * @throws CheckpointException if it is missing or of another type
   */
  public String text(String key) {
    return value(key, String.class, "text");
  }

  /** Returns a truth value, or this one if the key is missing. */
  public boolean flag(String key, boolean usual) {
    return has(key) ? value(key, Boolean.class, "true or false") : usual;
  }

  /**
   * Returns an array.
   *
   * @param type class of the elements
   * @throws CheckpointException if it is missing or of another type
   */
  public <T> List<T> array(String key, Class<T> type) {
    List<?> found = value(key, List.class, "an array");
    List<T> elements = new ArrayList<>(found.size());
    for (Object element : found) {
      if (!type.isInstance(element)) {
        throw new CheckpointException(
            file, key, "must be an array of one type, got an element " + element);
      }
      elements.add(type.cast(element));
    }
    return elements;
  }

  private <T> T value(String key, Class<T> type, String what) {
    GgufValue present = typed.get(key);
    if (present == null) {
      throw new CheckpointException(file, key, "must be in the metadata, but it is missing");
    }
    Object found = present.value();
    if (!type.isInstance(found)) {
      throw new CheckpointException(file, key, "must be " + what + ", got " + shown(found));
    }
    return type.cast(found);
  }

  private static String shown(Object value) {
    String text = value instanceof List<?> list ? "an array of " + list.size() : value.toString();
    return text.length() <= 60 ? text : text.substring(0, 57) + "...";
  }

  /** Reader of one value. */
  private record Reader(Path file, String key, GgufCursor in) {
    GgufValue typed() {
      GgufValueType type = type();
      if (type != GgufValueType.ARRAY) {
        return new GgufValue(type, null, value(type, 0));
      }
      GgufValueType element = type();
      return GgufValue.array(element, array(element, 1));
    }

    private GgufValueType type() {
      int number = in.i32();
      GgufValueType[] types = GgufValueType.values();
      if (number < 0 || number >= types.length) {
        throw new CheckpointException(
            file, key, "type of the value must be from 0 to 12, got " + number);
      }
      return types[number];
    }

    private Object value(GgufValueType type, int depth) {
      return switch (type) {
        case UINT8 -> (long) in.u8();
        case INT8 -> (long) (byte) in.u8();
        case UINT16 -> (long) in.u16();
        case INT16 -> (long) (short) in.u16();
        case UINT32 -> Integer.toUnsignedLong(in.i32());
        case INT32 -> (long) in.i32();
        case FLOAT32 -> Float.intBitsToFloat(in.i32());
        case BOOL -> in.u8() != 0;
        case STRING -> in.string();
        case ARRAY -> array(type(), depth + 1);
        case UINT64 -> unsigned(in.i64());
        case INT64 -> in.i64();
        case FLOAT64 -> Double.longBitsToDouble(in.i64());
      };
    }

    private static Object unsigned(long bits) {
      return bits >= 0 ? (Object) bits : new BigInteger(Long.toUnsignedString(bits));
    }

    private List<Object> array(GgufValueType type, int depth) {
      if (depth > MAX_NESTING) {
        throw new CheckpointException(
            file, key, "must nest arrays at most %d deep, got more".formatted(MAX_NESTING));
      }
      long count = in.count("elements of " + key, type.leastBytes());
      if (count > Integer.MAX_VALUE - 8) {
        throw new CheckpointException(
            file, key, "must have fewer than 2^31 elements, got " + count);
      }
      List<Object> elements = new ArrayList<>((int) count);
      for (long i = 0; i < count; i++) {
        elements.add(value(type, depth));
      }
      return Collections.unmodifiableList(elements);
    }
  }
}
