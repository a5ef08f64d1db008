package dev.rapt.gguf;

import dev.rapt.checkpoint.CheckpointException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The metadata of a GGUF file, by key.
 *
 * @param file named in errors
 * @param values {@link Long}, or {@link BigInteger} from 2^63 on, for integers of all sizes; {@link
 *     Float}, {@link Double}, {@link Boolean}, {@link String}; {@link List} for arrays
 */
public record GgufMetadata(Path file, Map<String, Object> values) {
  private static final int MAX_NESTING = 8;

  /** Keeps the map as it is, unmodifiable. */
  public GgufMetadata {
    values = Collections.unmodifiableMap(values);
  }

  /** Reads so many keys and values. */
  static GgufMetadata read(Path file, GgufCursor in, long count) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (long i = 0; i < count; i++) {
      String key = in.string();
      Object value = new Reader(file, key, in).value(in.i32(), 0);
      if (values.put(key, value) != null) {
        throw new CheckpointException(file, key, "must be there once, but it is there twice");
      }
    }
    return new GgufMetadata(file, values);
  }

  /** Returns whether there is a value of this key. */
  public boolean has(String key) {
    return values.containsKey(key);
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
    Object found = values.get(key);
    if (found == null) {
      throw new CheckpointException(file, key, "must be in the metadata, but it is missing");
    }
    if (!type.isInstance(found)) {
      throw new CheckpointException(file, key, "must be " + what + ", got " + shown(found));
    }
    return type.cast(found);
  }

  private static String shown(Object value) {
    String text = value instanceof List<?> list ? "an array of " + list.size() : value.toString();
    return text.length() <= 60 ? text : text.substring(0, 57) + "...";
  }

  /** Reader of one value, by the numbers of {@code gguf_metadata_value_type}. */
  private record Reader(Path file, String key, GgufCursor in) {
    Object value(int type, int depth) {
      return switch (type) {
        case 0 -> (long) in.u8();
        case 1 -> (long) (byte) in.u8();
        case 2 -> (long) in.u16();
        case 3 -> (long) (short) in.u16();
        case 4 -> Integer.toUnsignedLong(in.i32());
        case 5 -> (long) in.i32();
        case 6 -> Float.intBitsToFloat(in.i32());
        case 7 -> in.u8() != 0;
        case 8 -> in.string();
        case 9 -> array(depth + 1);
        case 10 -> unsigned(in.i64());
        case 11 -> in.i64();
        case 12 -> Double.longBitsToDouble(in.i64());
        default ->
            throw new CheckpointException(
                file, key, "type of the value must be from 0 to 12, got " + type);
      };
    }

    private Object unsigned(long bits) {
      return bits >= 0 ? (Object) bits : new BigInteger(Long.toUnsignedString(bits));
    }

    private List<Object> array(int depth) {
      if (depth > MAX_NESTING) {
        throw new CheckpointException(
            file, key, "must nest arrays at most %d deep, got more".formatted(MAX_NESTING));
      }
      int type = in.i32();
      long count = in.count("elements of " + key, leastBytes(type));
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

    private static int leastBytes(int type) {
      return switch (type) {
        case 2, 3 -> 2;
        case 4, 5, 6 -> 4;
        case 8, 10, 11, 12 -> 8;
        case 9 -> 12;
        default -> 1;
      };
    }
  }
}
