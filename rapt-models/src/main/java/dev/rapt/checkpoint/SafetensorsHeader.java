package dev.rapt.checkpoint;

import dev.rapt.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * The JSON header of a safetensors file. The format is described in the README of
 * github.com/huggingface/safetensors ("Format"); files that its reader rejects are rejected here
 * too.
 *
 * @param metadata the strings under {@code __metadata__}
 * @param tensors name, dtype, shape and byte range of each tensor, in the order of the header
 */
record SafetensorsHeader(Map<String, String> metadata, List<Located> tensors) {
  /** The reference reader's limit, in bytes. */
  static final long MAX_HEADER_BYTES = 100_000_000;

  static final String METADATA_KEY = "__metadata__";

  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /** A tensor at bytes begin (inclusive) to end (exclusive) of the data after the header. */
  record Located(String name, StoredType type, Shape shape, long begin, long end) {}

  /**
   * Parses and checks a header.
   *
   * @param file named in errors
   * @param header the bytes between the length field and the data
   * @param dataBytes number of bytes after the header
   * @throws CheckpointException if the header is invalid
   */
  static SafetensorsHeader parse(Path file, byte[] header, long dataBytes) {
    String json;
    try {
      json = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(header)).toString();
    } catch (CharacterCodingException e) {
      throw new CheckpointException(file, null, "header must be UTF-8, but it is not", e);
    }
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
      SafetensorsHeader result = new Parse(file, parser).header();
      result.checkLayout(file, dataBytes);
      return result;
    } catch (JacksonException e) {
      throw new CheckpointException(
          file, null, "header must be valid JSON, but " + JsonFiles.describe(e), e);
    }
  }

  /** Checks that tensors fill the data completely, without gaps or overlaps. */
  private void checkLayout(Path file, long dataBytes) {
    List<Located> sorted = new ArrayList<>(tensors);
    sorted.sort(Comparator.comparingLong(Located::begin).thenComparingLong(Located::end));
    long expected = 0;
    String before = null;
    for (Located tensor : sorted) {
      if (tensor.begin() != expected) {
        String place = before == null ? "at 0" : "where " + before + " ends, at " + expected;
        throw new CheckpointException(
            file, tensor.name(), "must begin " + place + ", got " + tensor.begin());
      }
      if (tensor.end() > dataBytes) {
        throw new CheckpointException(
            file,
            tensor.name(),
            "must end within the %d bytes of data in the file, got %d; the file may be truncated"
                .formatted(dataBytes, tensor.end()));
      }
      expected = tensor.end();
      before = tensor.name();
    }
    if (expected != dataBytes) {
      throw new CheckpointException(
          file,
          "tensors must fill the file's %d bytes of data, got %d".formatted(dataBytes, expected));
    }
  }

  /** Parser of a header. */
  private static final class Parse {
    private final Path file;
    private final JsonParser parser;

    Parse(Path file, JsonParser parser) {
      this.file = file;
      this.parser = parser;
    }

    SafetensorsHeader header() {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new CheckpointException(file, "header must be a JSON object, got " + found());
      }
      Map<String, String> metadata = Map.of();
      List<Located> tensors = new ArrayList<>();
      for (String name = parser.nextName(); name != null; name = parser.nextName()) {
        parser.nextToken();
        if (name.equals(METADATA_KEY)) {
          metadata = metadata();
        } else {
          requireValidText(name);
          tensors.add(tensor(name));
        }
      }
      if (parser.nextToken() != null) {
        throw new CheckpointException(file, "header must end after its object, got " + found());
      }
      return new SafetensorsHeader(metadata, List.copyOf(tensors));
    }

    private Map<String, String> metadata() {
      if (parser.currentToken() == JsonToken.VALUE_NULL) {
        return Map.of();
      }
      requireToken(JsonToken.START_OBJECT, METADATA_KEY, "must be an object of strings");
      Map<String, String> metadata = new LinkedHashMap<>();
      for (String key = parser.nextName(); key != null; key = parser.nextName()) {
        parser.nextToken();
        requireToken(
            JsonToken.VALUE_STRING,
            METADATA_KEY,
            "must be an object of strings; " + key + " is not");
        metadata.put(key, parser.getString());
      }
      return Map.copyOf(metadata);
    }

    private Located tensor(String name) {
      requireToken(JsonToken.START_OBJECT, name, "must be described by an object");
      StoredType type = null;
      long[] dims = null;
      long[] offsets = null;
      for (String key = parser.nextName(); key != null; key = parser.nextName()) {
        parser.nextToken();
        switch (key) {
          case "dtype" -> type = type(name);
          case "shape" -> dims = sizes(name, "shape");
          case "data_offsets" -> offsets = sizes(name, "data_offsets");
          default -> parser.skipChildren();
        }
      }
      if (type == null) {
        throw missing(name, "dtype");
      }
      if (dims == null) {
        throw missing(name, "shape");
      }
      if (offsets == null) {
        throw missing(name, "data_offsets");
      }
      if (offsets.length != 2 || offsets[0] > offsets[1]) {
        throw new CheckpointException(
            file, name, "data_offsets must be [begin, end], got " + Arrays.toString(offsets));
      }
      return new Located(
          name, type, shape(name, type, dims, offsets[1] - offsets[0]), offsets[0], offsets[1]);
    }

    private Shape shape(String name, StoredType type, long[] dims, long bytes) {
      try {
        Shape shape = Shape.of(dims);
        long bits = Math.multiplyExact(shape.numElements(), (long) type.bits());
        if (bits % Byte.SIZE != 0) {
          throw new CheckpointException(
              file,
              name,
              "must take whole bytes, got %d bits as %s %s".formatted(bits, type, shape));
        }
        long wanted = bits / Byte.SIZE;
        if (wanted != bytes) {
          throw new CheckpointException(
              file,
              name,
              "must take %d bytes as %s %s, got data_offsets of %d bytes"
                  .formatted(wanted, type, shape, bytes));
        }
        return shape;
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw new CheckpointException(
            file, name, "must be smaller than 2^63 bits, got shape " + Arrays.toString(dims), e);
      }
    }

    private StoredType type(String name) {
      requireToken(JsonToken.VALUE_STRING, name, "dtype must be a string");
      String text = parser.getString();
      return StoredType.of(text)
          .orElseThrow(() ->
              new CheckpointException(
                  file,
                  name,
                  "dtype must be one of %s, got %s".formatted(StoredType.names(), text)));
    }

    private long[] sizes(String name, String field) {
      String must = field + " must be an array of integers from 0 to 2^63-1";
      requireToken(JsonToken.START_ARRAY, name, must);
      long[] values = new long[4];
      int count = 0;
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        requireToken(JsonToken.VALUE_NUMBER_INT, name, must);
        boolean fits =
            switch (parser.getNumberType()) {
              case INT, LONG -> parser.getLongValue() >= 0;
              default -> false;
            };
        if (!fits) {
          throw new CheckpointException(file, name, must + ", got " + found());
        }
        if (count == values.length) {
          values = Arrays.copyOf(values, 2 * count);
        }
        values[count++] = parser.getLongValue();
      }
      return Arrays.copyOf(values, count);
    }

    private void requireToken(JsonToken wanted, String key, String must) {
      if (parser.currentToken() != wanted) {
        throw new CheckpointException(file, key, must + ", got " + found());
      }
    }

    /**
     * Checks for half of a surrogate pair, which JSON escapes can produce and UTF-8 cannot encode.
     */
    private void requireValidText(String name) {
      if (!StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
        throw new CheckpointException(
            file, name, "must be valid Unicode, got half of a surrogate pair in the tensor's name");
      }
    }

    private CheckpointException missing(String name, String field) {
      return new CheckpointException(file, name, "must have " + field + ", but it is missing");
    }

    private String found() {
      @Nullable JsonToken token = parser.currentToken();
      return switch (token) {
        case null -> "nothing";
        case START_OBJECT -> "an object";
        case START_ARRAY -> "an array";
        case END_OBJECT, END_ARRAY -> "its end";
        default -> {
          String text = parser.getString();
          yield text.length() <= 40 ? text : text.substring(0, 37) + "...";
        }
      };
    }
  }
}
