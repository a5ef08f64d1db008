package dev.rapt.onnx;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.StoredType;
import dev.rapt.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the tensors of an ONNX file: TensorProto in onnx.proto of github.com/onnx/onnx. Raw
 * elements stay where they are mapped; those that are written as lists of protobuf's integers are
 * unpacked into the arena.
 */
final class TensorParser {
  private static final int EXTERNAL = 1;

  private final Path path;
  private final Arena arena;
  private final ExternalFiles externalFiles;

  TensorParser(Path path, Arena arena) {
    this.path = path;
    this.arena = arena;
    externalFiles = new ExternalFiles(path, arena);
  }

  /** Reads a tensor. */
  OnnxTensor parse(ProtoReader in) {
    String name = "";
    List<Long> dims = new ArrayList<>();
    int typeId = 0;
    long location = 0;
    @SuppressWarnings("NullAway") // null until the field is read
    MemorySegment raw = null;
    List<MemorySegment> numbers = new ArrayList<>();
    Map<String, String> external = new HashMap<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> in.integers(dims::add);
        case 2 -> typeId = (int) in.integer();
        case 4, 5, 7, 10, 11 -> numbers.add(in.encoded());
        case 8 -> name = in.text();
        case 9 -> raw = in.bytes();
        case 13 -> addPair(in.message(), external);
        case 14 -> location = in.integer();
        default -> in.skip();
      }
    }
    StoredType type = type(name, typeId);
    Shape shape = shape(name, dims);
    long bytes = bytes(name, shape, type);
    MemorySegment data =
        location == EXTERNAL
            ? externalFiles.data(name, external, bytes)
            : raw != null ? raw : typed(name, type, shape, numbers);
    if (data.byteSize() != bytes) {
      throw new CheckpointException(
          path,
          name,
          "%s %s must have %d bytes, got %d"
              .formatted(type.label(), shape, bytes, data.byteSize()));
    }
    return new OnnxTensor(name, type, shape, data);
  }

  /** Reads a key and its value, both text. */
  static void addPair(ProtoReader in, Map<String, String> pairs) {
    String key = "";
    String value = "";
    while (in.next()) {
      switch (in.field()) {
        case 1 -> key = in.text();
        case 2 -> value = in.text();
        default -> in.skip();
      }
    }
    pairs.put(key, value);
  }

  private StoredType type(String name, int id) {
    return switch (id) {
      case 1 -> StoredType.F32;
      case 2 -> StoredType.U8;
      case 3 -> StoredType.I8;
      case 4 -> StoredType.U16;
      case 5 -> StoredType.I16;
      case 6 -> StoredType.I32;
      case 7 -> StoredType.I64;
      case 9 -> StoredType.BOOL;
      case 10 -> StoredType.F16;
      case 11 -> StoredType.F64;
      case 12 -> StoredType.U32;
      case 13 -> StoredType.U64;
      case 14 -> StoredType.C64;
      case 16 -> StoredType.BF16;
      case 17 -> StoredType.F8_E4M3;
      case 18 -> StoredType.F8_E4M3FNUZ;
      case 19 -> StoredType.F8_E5M2;
      case 20 -> StoredType.F8_E5M2FNUZ;
      default ->
          throw new CheckpointException(
              path,
              name,
              "must be of a type that Rapt reads, got number %d; export the model in f32, f16 or int8"
                  .formatted(id));
    };
  }

  private Shape shape(String name, List<Long> dims) {
    try {
      return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(
          path, name, "must be smaller than 2^63 bytes, got dimensions " + dims, e);
    }
  }

  private long bytes(String name, Shape shape, StoredType type) {
    try {
      return Math.multiplyExact(shape.numElements(), (long) type.bits() / Byte.SIZE);
    } catch (ArithmeticException e) {
      throw new CheckpointException(path, name, "must be smaller than 2^63 bytes, got " + shape, e);
    }
  }

  /** Returns elements from the fields float_data, int32_data, int64_data, double_data, ... */
  private MemorySegment typed(
      String name, StoredType type, Shape shape, List<MemorySegment> encoded) {
    boolean isFixed = type == StoredType.F32 || type == StoredType.F64 || type == StoredType.C64;
    if (isFixed && encoded.size() == 1) {
      return encoded.getFirst();
    }
    MemorySegment all = joined(encoded);
    if (isFixed) {
      return all;
    }
    long count = shape.numElements();
    if (count > all.byteSize()) { // each takes at least a byte; before memory is allocated
      throw new CheckpointException(
          path, name, "must have %d elements, got %d bytes".formatted(count, all.byteSize()));
    }
    int width = type.bits() / Byte.SIZE;
    MemorySegment out = arena.allocate(count * width, Long.BYTES);
    VarintList values = new VarintList(all);
    long i = 0;
    while (values.hasNext() && i < count) {
      put(out, i, width, values.next());
      i++;
    }
    if (i < count || values.hasNext()) {
      throw new CheckpointException(
          path,
          name,
          "must have %d elements, got %s".formatted(count, i < count ? Long.toString(i) : "more"));
    }
    return out;
  }

  private MemorySegment joined(List<MemorySegment> parts) {
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    MemorySegment all =
        arena.allocate(parts.stream().mapToLong(MemorySegment::byteSize).sum(), Long.BYTES);
    long at = 0;
    for (MemorySegment part : parts) {
      MemorySegment.copy(part, 0, all, at, part.byteSize());
      at += part.byteSize();
    }
    return all;
  }

  private static void put(MemorySegment out, long i, int width, long value) {
    switch (width) {
      case 1 -> out.set(ValueLayout.JAVA_BYTE, i, (byte) value);
      case 2 -> out.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) value);
      case 4 -> out.setAtIndex(ValueLayout.JAVA_INT, i, (int) value);
      default -> out.setAtIndex(ValueLayout.JAVA_LONG, i, value);
    }
  }

  /** Integers of protobuf, one after another. */
  private static final class VarintList {
    private final MemorySegment bytes;
    private long position;

    VarintList(MemorySegment bytes) {
      this.bytes = bytes;
    }

    boolean hasNext() {
      return position < bytes.byteSize();
    }

    long next() {
      long value = 0;
      byte b = -1;
      for (int shift = 0; b < 0 && shift < Long.SIZE && hasNext(); shift += 7) {
        b = bytes.get(ValueLayout.JAVA_BYTE, position++);
        value |= (long) (b & 0x7f) << shift;
      }
      return value;
    }
  }

  /** The files beside a model that hold its large tensors. */
  private static final class ExternalFiles {
    private final Path model;
    private final Arena arena;
    private final Map<String, MemorySegment> mapped = new HashMap<>();

    ExternalFiles(Path model, Arena arena) {
      this.model = model;
      this.arena = arena;
    }

    MemorySegment data(String name, Map<String, String> place, long bytes) {
      String file = Optional.ofNullable(place.get("location")).orElse("");
      boolean isPlainName =
          !file.isEmpty()
              && !file.equals(".")
              && !file.equals("..")
              && file.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
      if (!isPlainName) {
        throw new CheckpointException(
            model, name, "must be in a file in the folder of the model, got \"" + file + "\"");
      }
      MemorySegment all =
          mapped.computeIfAbsent(
              file, _ -> OnnxFile.bytes(model.toAbsolutePath().resolveSibling(file), arena));
      long offset = number(name, place, "offset", 0);
      long length = number(name, place, "length", bytes);
      if (offset > all.byteSize() || length > all.byteSize() - offset) {
        throw new CheckpointException(
            model,
            name,
            "must end within %s of %d bytes, got %d bytes at %d; the file may be truncated"
                .formatted(file, all.byteSize(), length, offset));
      }
      return all.asSlice(offset, length);
    }

    private long number(String name, Map<String, String> place, String key, long absent) {
      String text = place.get(key);
      try {
        long number = text == null ? absent : Long.parseLong(text);
        if (number >= 0) {
          return number;
        }
      } catch (NumberFormatException e) {
        // reported below
      }
      throw new CheckpointException(
          model, name, "%s must be a number of bytes, got \"%s\"".formatted(key, text));
    }
  }
}
