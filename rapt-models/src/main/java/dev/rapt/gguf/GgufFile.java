package dev.rapt.gguf;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.quant.ggml.GgmlType;
import dev.rapt.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A memory-mapped GGUF file of version 2 or 3: opening it reads the metadata and the list of
 * tensors, and tensors are views of the mapping. The format is described in docs/gguf.md of
 * github.com/ggml-org/ggml. Immutable.
 *
 * @apiNote The file must not be changed or truncated while it is mapped.
 */
public final class GgufFile {
  private static final int MAGIC = 0x46554747; // "GGUF"
  private static final int MAX_DIMS = 4;
  private static final long USUAL_ALIGNMENT = 32;
  private static final long MAX_ALIGNMENT = 1 << 20;
  private static final String ALIGNMENT = "general.alignment";

  /** Bytes that a key with its value takes at least. */
  private static final long LEAST_PAIR_BYTES = 13;

  /** Bytes that the description of a tensor takes at least. */
  private static final long LEAST_TENSOR_BYTES = 32;

  private final Path path;
  private final int version;
  private final GgufMetadata metadata;
  private final List<Layout> parts;
  private final Map<String, GgufTensor> tensors;

  private GgufFile(
      Path path,
      int version,
      GgufMetadata metadata,
      List<Layout> parts,
      Map<String, GgufTensor> tensors) {
    this.path = path;
    this.version = version;
    this.metadata = metadata;
    this.parts = parts;
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  /** Where the tensors of one file are. */
  private record Layout(Path path, List<Described> described, long dataStart, boolean bigEndian) {
    void addTo(Map<String, GgufTensor> tensors, MemorySegment bytes, Arena arena) {
      for (Described tensor : described) {
        MemorySegment data = bytes.asSlice(dataStart + tensor.offset(), tensor.bytes());
        MemorySegment little = bigEndian ? reversed(path, tensor, data, arena) : data;
        GgufTensor added = new GgufTensor(tensor.name(), tensor.type(), tensor.shape(), little);
        if (tensors.put(tensor.name(), added) != null) {
          throw new CheckpointException(
              path, tensor.name(), "must be there once, but it is there twice");
        }
      }
    }
  }

  /** The description of a tensor in the header. */
  private record Described(String name, GgmlType type, Shape shape, long offset, long bytes) {}

  /**
   * Maps a file for reading, or all files of a model in parts.
   *
   * @param path the file; the first of several parts
   * @param arena owner of the mapping; all tensors of the file are valid until it is closed
   * @throws CheckpointException if a file is missing or damaged, or a part is of another model
   */
  public static GgufFile map(Path path, Arena arena) {
    GgufFile file = read(path, bytes(path, arena), arena);
    SplitPlace place = SplitPlace.of(file.metadata).orElse(null);
    return place == null ? file : file.joined(place, arena);
  }

  /** Returns the model that this file and the other parts hold. */
  private GgufFile joined(SplitPlace place, Arena arena) {
    place.requireFirst(path);
    List<Layout> all = new ArrayList<>(parts);
    Map<String, GgufTensor> joined = new LinkedHashMap<>(tensors);
    for (long number = 1; number < place.count(); number++) {
      Path other = place.path(path, number);
      place.requirePresent(other, number);
      GgufFile part = read(other, bytes(other, arena), arena);
      place.requireSameModel(part, number);
      all.addAll(part.parts);
      part.tensors.forEach((name, tensor) -> {
        if (joined.put(name, tensor) != null) {
          throw new CheckpointException(
              other, name, "must be in one part, but it is in an earlier one, too");
        }
      });
    }
    if (joined.size() != place.numTensors()) {
      throw new CheckpointException(
          path,
          "must have %d tensors in all parts, got %d; a part is of another model or damaged"
              .formatted(place.numTensors(), joined.size()));
    }
    return new GgufFile(
        path, version, metadata.without(SplitPlace.PREFIX), List.copyOf(all), joined);
  }

  /**
   * Maps the same file or parts once more, without reading headers again.
   *
   * @param other owner of the new mapping
   * @throws CheckpointException if the file is missing or shorter than before
   */
  public GgufFile mappedTo(Arena other) {
    try {
      Map<String, GgufTensor> mapped = new LinkedHashMap<>();
      for (Layout part : parts) {
        part.addTo(mapped, bytes(part.path, other), other);
      }
      return new GgufFile(path, version, metadata, parts, mapped);
    } catch (IndexOutOfBoundsException e) {
      throw new CheckpointException(
          path, null, "must not change while it is read, got a shorter file", e);
    }
  }

  private static MemorySegment bytes(Path path, Arena arena) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (NoSuchFileException e) {
      throw new CheckpointException(path, null, "not found: " + path.toAbsolutePath(), e);
    } catch (IOException e) {
      throw new CheckpointException(path, null, "cannot be read: " + e.getMessage(), e);
    }
  }

  private static GgufFile read(Path path, MemorySegment bytes, Arena arena) {
    GgufCursor in = new GgufCursor(path, bytes);
    int magic = in.i32();
    if (magic != MAGIC) {
      throw new CheckpointException(
          path,
          "must begin with GGUF, got the bytes %08x; this is no GGUF file"
              .formatted(Integer.reverseBytes(magic)));
    }
    int version = in.i32();
    boolean bigEndian = (version & 0xffff) == 0 && version != 0;
    if (bigEndian) {
      version = Integer.reverseBytes(version);
      in.order(ByteOrder.BIG_ENDIAN);
    }
    if (version != 2 && version != 3) {
      throw new CheckpointException(
          path,
          "must be of version 2 or 3, got %d; convert the model again with a newer llama.cpp"
              .formatted(version));
    }
    long numTensors = in.count("tensors", LEAST_TENSOR_BYTES);
    long numValues = in.count("keys of metadata", LEAST_PAIR_BYTES);
    GgufMetadata metadata = GgufMetadata.read(path, in, numValues);
    long alignment = alignment(path, metadata);
    List<Described> described = new ArrayList<>();
    for (long i = 0; i < numTensors; i++) {
      described.add(tensor(path, in, alignment));
    }
    long dataStart = Math.ceilDiv(in.position(), alignment) * alignment;
    checkLayout(path, described, bytes.byteSize() - dataStart);
    Layout layout = new Layout(path, described, dataStart, bigEndian);
    Map<String, GgufTensor> tensors = new LinkedHashMap<>();
    layout.addTo(tensors, bytes, arena);
    return new GgufFile(path, version, metadata, List.of(layout), tensors);
  }

  private static long alignment(Path path, GgufMetadata metadata) {
    long alignment = metadata.integer(ALIGNMENT, USUAL_ALIGNMENT);
    if (alignment < 1 || alignment > MAX_ALIGNMENT || Long.bitCount(alignment) != 1) {
      throw new CheckpointException(
          path,
          ALIGNMENT,
          "must be a power of two up to %d, got %d".formatted(MAX_ALIGNMENT, alignment));
    }
    return alignment;
  }

  private static Described tensor(Path path, GgufCursor in, long alignment) {
    String name = in.string();
    int numDims = in.i32();
    if (numDims < 1 || numDims > MAX_DIMS) {
      throw new CheckpointException(
          path,
          name,
          "must have 1 to %d dimensions, got %s"
              .formatted(MAX_DIMS, Integer.toUnsignedString(numDims)));
    }
    long[] dims = new long[numDims];
    for (int i = 0; i < numDims; i++) {
      dims[numDims - 1 - i] = in.i64();
    }
    int id = in.i32();
    GgmlType type =
        GgmlType.of(id)
            .orElseThrow(() ->
                new CheckpointException(
                    path,
                    name,
                    "must be of a type that Rapt reads, %s, got number %d; quantise the model to one of them"
                        .formatted(Arrays.toString(GgmlType.values()), id)));
    long offset = in.i64();
    if (offset < 0 || offset % alignment != 0) {
      throw new CheckpointException(
          path,
          name,
          "must begin at a multiple of %d, got %s"
              .formatted(alignment, Long.toUnsignedString(offset)));
    }
    return new Described(
        name, type, shape(path, name, dims), offset, bytes(path, name, type, dims));
  }

  private static Shape shape(Path path, String name, long[] dims) {
    try {
      if (Arrays.stream(dims).allMatch(dim -> dim > 0)) {
        return Shape.of(dims);
      }
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw tooLarge(path, name, dims, e);
    }
    throw new CheckpointException(
        path, name, "dimensions must be positive, got " + Arrays.toString(dims));
  }

  private static long bytes(Path path, String name, GgmlType type, long[] dims) {
    long cols = dims[dims.length - 1];
    if (cols % type.blockValues() != 0) {
      throw new CheckpointException(
          path,
          name,
          "rows must be whole blocks of %d values in %s, got rows of %d"
              .formatted(type.blockValues(), type, cols));
    }
    try {
      long blocks = cols / type.blockValues();
      for (int i = 0; i < dims.length - 1; i++) {
        blocks = Math.multiplyExact(blocks, dims[i]);
      }
      return Math.multiplyExact(blocks, (long) type.blockBytes());
    } catch (ArithmeticException e) {
      throw tooLarge(path, name, dims, e);
    }
  }

  private static CheckpointException tooLarge(
      Path path, String name, long[] dims, RuntimeException cause) {
    return new CheckpointException(
        path, name, "must be smaller than 2^63 bytes, got " + Arrays.toString(dims), cause);
  }

  /** Checks that the tensors lie within the data and share no bytes. */
  private static void checkLayout(Path path, List<Described> tensors, long dataBytes) {
    List<Described> sorted = new ArrayList<>(tensors);
    sorted.sort(Comparator.comparingLong(Described::offset).thenComparingLong(Described::bytes));
    long end = 0;
    for (Described tensor : sorted) {
      if (tensor.offset() < end) {
        throw new CheckpointException(
            path, tensor.name(), "must share no bytes with another tensor, but it does");
      }
      if (tensor.bytes() > dataBytes - tensor.offset()) {
        throw new CheckpointException(
            path,
            tensor.name(),
            "must end within the %d bytes of data in the file, got %d bytes at %d; the file may be truncated"
                .formatted(Math.max(0, dataBytes), tensor.bytes(), tensor.offset()));
      }
      end = tensor.offset() + tensor.bytes();
    }
  }

  /** Returns a copy of single elements in the other byte order. */
  private static MemorySegment reversed(
      Path path, Described tensor, MemorySegment data, Arena arena) {
    int size =
        tensor
            .type()
            .dtype()
            .orElseThrow(() ->
                new CheckpointException(
                    path,
                    tensor.name(),
                    "must be little-endian in a block format, got big-endian; convert it on a"
                        + " little-endian machine"))
            .byteSize();
    MemorySegment copy = arena.allocate(data.byteSize(), Long.BYTES);
    for (long i = 0; i < data.byteSize(); i++) {
      long element = i / size * size;
      copy.set(
          ValueLayout.JAVA_BYTE, i, data.get(ValueLayout.JAVA_BYTE, element + size - 1 - i % size));
    }
    return copy;
  }

  /** Returns the file; the first of several parts. */
  public Path path() {
    return path;
  }

  /** Returns the version of the format. */
  public int version() {
    return version;
  }

  /** Returns the metadata. */
  public GgufMetadata metadata() {
    return metadata;
  }

  /** Returns the tensors by name, in the order of the file or of the parts. */
  public Map<String, GgufTensor> tensors() {
    return tensors;
  }

  /**
   * Returns the tensor of this name.
   *
   * @throws CheckpointException if the file does not hold it
   */
  public GgufTensor tensor(String name) {
    GgufTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new CheckpointException(path, name, "is missing");
    }
    return tensor;
  }
}
