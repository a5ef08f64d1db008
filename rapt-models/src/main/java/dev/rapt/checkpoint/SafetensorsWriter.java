package dev.rapt.checkpoint;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes safetensors files tensor by tensor, so that not all weights have to be in memory at once:
 *
 * <pre>{@code
 * try (SafetensorsWriter writer = SafetensorsWriter.open(file, specs)) {
 *   for (Spec spec : specs) writer.append(spec.name(), elementsOf(spec));
 *   writer.commit();
 * }
 * }</pre>
 *
 * <p>The file appears under its name when {@link #commit} has forced it to disk. A writer closed
 * before that leaves no file. Not thread-safe.
 */
public final class SafetensorsWriter implements AutoCloseable {
  /** Alignment of the data within the file, in bytes: one cache line. */
  private static final int ALIGNMENT = 64;

  private static final int LENGTH_FIELD_BYTES = 8;
  private static final long CHUNK_BYTES = 64L << 20;
  private static final Map<String, String> METADATA = Map.of("format", "pt");
  private static final JsonMapper MAPPER = JsonMapper.shared();

  /** Name, dtype and shape of a tensor to be written. */
  public record Spec(String name, DType dtype, Shape shape) {
    /** Returns the spec of a tensor. */
    public static Spec of(TensorEntry entry) {
      return new Spec(entry.name(), entry.dtype(), entry.shape());
    }

    /** Returns the size of the elements in bytes. */
    public long byteSize() {
      return Math.multiplyExact(shape.numElements(), (long) dtype.byteSize());
    }
  }

  private final Path file;
  private final Path incoming;
  private final List<Spec> specs;
  private final FileChannel channel;
  private int next;
  private long writtenOfNext;
  private boolean committed;

  private SafetensorsWriter(Path file, Path incoming, List<Spec> specs, FileChannel channel) {
    this.file = file;
    this.incoming = incoming;
    this.specs = specs;
    this.channel = channel;
  }

  /**
   * Starts a file that will hold these tensors in this order.
   *
   * @throws IllegalArgumentException if a name occurs twice or is reserved
   * @throws CheckpointException if the file cannot be created
   */
  public static SafetensorsWriter open(Path file, List<Spec> specs) {
    byte[] header = header(specs);
    Path incoming = AtomicFiles.sibling(file, "incoming");
    try {
      AtomicFiles.createParent(file);
      FileChannel channel =
          FileChannel.open(
              incoming,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
      SafetensorsWriter writer = new SafetensorsWriter(file, incoming, List.copyOf(specs), channel);
      try {
        writer.writeFully(ByteBuffer.wrap(header));
        writer.skipFinished();
        return writer;
      } catch (IOException e) {
        writer.close();
        throw e;
      }
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  /** Writes one file of these tensors. */
  public static void write(Path file, List<TensorEntry> tensors) {
    try (SafetensorsWriter writer = open(file, tensors.stream().map(Spec::of).toList())) {
      tensors.forEach(tensor -> writer.append(tensor.name(), tensor.data()));
      writer.commit();
    }
  }

  /** Supplies the elements of the next tensor, in one or several pieces. */
  @FunctionalInterface
  public interface Elements {
    /** Appends all elements of this tensor to the writer. */
    void appendTo(SafetensorsWriter writer, Spec tensor);
  }

  /**
   * Writes these tensors to a folder, in shards if necessary.
   *
   * @param maxShardBytes most bytes of tensors in one file, unless one tensor alone is larger
   * @return the shards, in order
   */
  public static List<Path> writeFolder(Path folder, List<TensorEntry> tensors, long maxShardBytes) {
    Map<String, TensorEntry> byName = new HashMap<>();
    tensors.forEach(tensor -> byName.put(tensor.name(), tensor));
    return writeFolder(
        folder,
        tensors.stream().map(Spec::of).toList(),
        maxShardBytes,
        (writer, spec) ->
            writer.append(spec.name(), Objects.requireNonNull(byName.get(spec.name())).data()));
  }

  /**
   * Writes tensors to a folder: to {@code model.safetensors} or, if they exceed one shard, to
   * {@code model-00001-of-0000N.safetensors} and so on, with an index. A tensor is never split.
   *
   * @param maxShardBytes most bytes of tensors in one file, unless one tensor alone is larger
   * @return the shards, in order
   */
  public static List<Path> writeFolder(
      Path folder, List<Spec> tensors, long maxShardBytes, Elements elements) {
    if (maxShardBytes <= 0) {
      throw new IllegalArgumentException("maxShardBytes: must be positive, got " + maxShardBytes);
    }
    List<List<Spec>> shards = split(tensors, maxShardBytes);
    if (shards.size() == 1) {
      Path file = folder.resolve(Checkpoint.SINGLE_FILE);
      write(file, tensors, elements);
      return List.of(file);
    }
    Map<String, String> weightMap = new LinkedHashMap<>();
    List<Path> files = new ArrayList<>();
    long totalBytes = 0;
    for (int i = 0; i < shards.size(); i++) {
      String name = "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
      files.add(folder.resolve(name));
      for (Spec tensor : shards.get(i)) {
        if (weightMap.put(tensor.name(), name) != null) {
          throw new IllegalArgumentException(
              "tensors: names must be distinct, got " + tensor.name() + " twice");
        }
        totalBytes += tensor.byteSize();
      }
      write(folder.resolve(name), shards.get(i), elements);
    }
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("metadata", Map.of("total_size", totalBytes));
    index.put("weight_map", weightMap);
    JsonFiles.write(folder.resolve(Checkpoint.INDEX_FILE), index);
    return files;
  }

  private static void write(Path file, List<Spec> tensors, Elements elements) {
    try (SafetensorsWriter writer = open(file, tensors)) {
      tensors.forEach(tensor -> elements.appendTo(writer, tensor));
      writer.commit();
    }
  }

  private static List<List<Spec>> split(List<Spec> tensors, long maxShardBytes) {
    List<List<Spec>> shards = new ArrayList<>();
    List<Spec> shard = new ArrayList<>();
    long bytes = 0;
    for (Spec tensor : tensors) {
      if (!shard.isEmpty() && bytes + tensor.byteSize() > maxShardBytes) {
        shards.add(shard);
        shard = new ArrayList<>();
        bytes = 0;
      }
      shard.add(tensor);
      bytes += tensor.byteSize();
    }
    shards.add(shard);
    return shards;
  }

  /** Returns the length field and the JSON header, padded with spaces to the alignment. */
  private static byte[] header(List<Spec> specs) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put(SafetensorsHeader.METADATA_KEY, METADATA);
    Set<String> names = new HashSet<>();
    long offset = 0;
    for (Spec spec : specs) {
      if (!names.add(spec.name()) || spec.name().equals(SafetensorsHeader.METADATA_KEY)) {
        throw new IllegalArgumentException(
            "tensors: names must be distinct and not __metadata__, got " + spec.name());
      }
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("dtype", spec.dtype().name());
      entry.put("shape", spec.shape().toArray());
      entry.put("data_offsets", new long[] {offset, offset + spec.byteSize()});
      json.put(spec.name(), entry);
      offset += spec.byteSize();
    }
    byte[] text = MAPPER.writeValueAsString(json).getBytes(StandardCharsets.UTF_8);
    int end = LENGTH_FIELD_BYTES + text.length;
    byte[] header = Arrays.copyOf(text, text.length + (-end & (ALIGNMENT - 1)));
    Arrays.fill(header, text.length, header.length, (byte) ' ');
    return ByteBuffer.allocate(LENGTH_FIELD_BYTES + header.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .array();
  }

  /**
   * Writes elements of the next tensor: all of them, or a part that further calls complete.
   *
   * @param name name of the next tensor, in the order given to {@link #open}
   * @param data the elements, row-major, little-endian
   * @throws IllegalArgumentException if this is not the next tensor or the data exceeds its size
   * @throws CheckpointException if writing fails, as when the disk is full
   */
  public void append(String name, MemorySegment data) {
    String due = next < specs.size() ? specs.get(next).name() : "none";
    if (!due.equals(name) && data.byteSize() > 0) {
      throw new IllegalArgumentException(
          "%s: tensors must be appended in order, got %s instead of %s"
              .formatted(file.getFileName(), name, due));
    }
    if (data.byteSize() == 0) {
      return; // an empty tensor has no bytes: skipFinished has already passed it
    }
    long rest = specs.get(next).byteSize() - writtenOfNext;
    if (data.byteSize() > rest) {
      throw new IllegalArgumentException(
          "%s: %s must get at most %d more bytes, got %d"
              .formatted(file.getFileName(), name, rest, data.byteSize()));
    }
    try {
      for (long at = 0; at < data.byteSize(); at += CHUNK_BYTES) {
        long count = Math.min(CHUNK_BYTES, data.byteSize() - at);
        writeFully(data.asSlice(at, count).asByteBuffer());
      }
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
    writtenOfNext += data.byteSize();
    skipFinished();
  }

  /**
   * Forces the file to disk and renames it to its final name.
   *
   * @throws IllegalArgumentException if elements are missing
   * @throws CheckpointException if that fails
   */
  public void commit() {
    if (next < specs.size()) {
      throw new IllegalArgumentException(
          "%s: every tensor must be complete before commit, got %d of %d bytes of %s"
              .formatted(
                  file.getFileName(),
                  writtenOfNext,
                  specs.get(next).byteSize(),
                  specs.get(next).name()));
    }
    try {
      channel.force(true);
      channel.close();
      AtomicFiles.publish(incoming, file);
      committed = true;
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  /** Closes the writer; deletes the temporary file unless {@link #commit} has succeeded. */
  @Override
  public void close() {
    if (!committed) {
      try {
        channel.close();
      } catch (IOException ignored) {
        // the file is deleted in any case
      }
      AtomicFiles.deleteQuietly(incoming);
    }
  }

  private void skipFinished() {
    while (next < specs.size() && writtenOfNext == specs.get(next).byteSize()) {
      next++;
      writtenOfNext = 0;
    }
  }

  private void writeFully(ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
