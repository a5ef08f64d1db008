package dev.rapt.checkpoint;

import dev.rapt.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A memory-mapped safetensors file: opening it reads only the header, and tensors are views of the
 * mapping. Immutable; usable by the threads that the arena allows.
 *
 * @apiNote The file must not be changed or truncated while it is mapped; replace it by renaming
 *     another one over it, as {@link SafetensorsWriter} does.
 */
public final class SafetensorsFile implements TensorFile {
  /** "version " in place of the header's length: a Git LFS pointer file. */
  private static final long GIT_LFS_POINTER = 0x206e6f6973726576L;

  private static final int LENGTH_FIELD_BYTES = 8;

  private final Path path;
  private final Map<String, String> metadata;
  private final Map<String, SafetensorsHeader.Located> located;
  private final Map<String, TensorEntry> entries;

  private SafetensorsFile(
      Path path,
      Map<String, String> metadata,
      Map<String, SafetensorsHeader.Located> located,
      Map<String, TensorEntry> entries) {
    this.path = path;
    this.metadata = metadata;
    this.located = located;
    this.entries = entries;
  }

  /**
   * Maps a file for reading.
   *
   * @param arena owner of the mapping; all tensors of the file are valid until it is closed
   * @throws CheckpointException if the file is missing or damaged
   */
  public static SafetensorsFile map(Path path, Arena arena) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long fileBytes = channel.size();
      byte[] headerBytes = readHeader(path, channel, fileBytes);
      long dataStart = (long) LENGTH_FIELD_BYTES + headerBytes.length;
      SafetensorsHeader header = SafetensorsHeader.parse(path, headerBytes, fileBytes - dataStart);
      MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, fileBytes, arena);
      Map<String, SafetensorsHeader.Located> located = new LinkedHashMap<>();
      Map<String, TensorEntry> entries = new LinkedHashMap<>();
      for (SafetensorsHeader.Located tensor : header.tensors()) {
        String name = tensor.name();
        located.put(name, tensor);
        MemorySegment data = all.asSlice(dataStart + tensor.begin(), tensor.end() - tensor.begin());
        tensor
            .type()
            .dtype()
            .ifPresent(
                dtype -> entries.put(name, new TensorEntry(name, dtype, tensor.shape(), data)));
      }
      return new SafetensorsFile(
          path, header.metadata(), Collections.unmodifiableMap(located), entries);
    } catch (NoSuchFileException e) {
      throw new CheckpointException(path, null, "not found: " + path.toAbsolutePath(), e);
    } catch (IOException e) {
      throw new CheckpointException(path, null, "cannot be read: " + e.getMessage(), e);
    }
  }

  private static byte[] readHeader(Path path, FileChannel channel, long fileBytes)
      throws IOException {
    if (fileBytes < LENGTH_FIELD_BYTES) {
      throw new CheckpointException(
          path,
          "must begin with %d bytes for the length of the header, got a file of %d bytes"
              .formatted(LENGTH_FIELD_BYTES, fileBytes));
    }
    ByteBuffer lengthField = readFully(path, channel, 0, LENGTH_FIELD_BYTES);
    long length = lengthField.order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length == GIT_LFS_POINTER) {
      throw new CheckpointException(
          path, "must hold tensors, got a Git LFS pointer file; fetch the file with git lfs pull");
    }
    if (length < 0 || length > SafetensorsHeader.MAX_HEADER_BYTES) {
      throw new CheckpointException(
          path,
          "header must be at most %d bytes long, got %s; this is not a safetensors file"
              .formatted(SafetensorsHeader.MAX_HEADER_BYTES, Long.toUnsignedString(length)));
    }
    if (length > fileBytes - LENGTH_FIELD_BYTES) {
      throw new CheckpointException(
          path,
          "header of %d bytes must fit in the file, got a file of %d bytes; it may be truncated"
              .formatted(length, fileBytes));
    }
    return readFully(path, channel, LENGTH_FIELD_BYTES, (int) length).array();
  }

  private static ByteBuffer readFully(Path path, FileChannel channel, long position, int count)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new CheckpointException(path, "must not change while it is read, got a shorter file");
      }
    }
    return buffer.flip();
  }

  @Override
  public Path path() {
    return path;
  }

  /** Returns the metadata of the file, usually {@code format=pt}. */
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public Set<String> names() {
    return located.keySet();
  }

  @Override
  public StoredType type(String name) {
    return require(name).type();
  }

  @Override
  public Shape shape(String name) {
    return require(name).shape();
  }

  @Override
  public long byteSize(String name) {
    return require(name).end() - require(name).begin();
  }

  private SafetensorsHeader.Located require(String name) {
    SafetensorsHeader.Located tensor = located.get(name);
    if (tensor == null) {
      throw new CheckpointException(path, name, "is missing");
    }
    return tensor;
  }

  @Override
  public TensorEntry entry(String name) {
    TensorEntry entry = entries.get(name);
    if (entry == null) {
      throw new CheckpointException(
          path, name, "must be of a dtype that Rapt reads, got " + type(name).label());
    }
    return entry;
  }
}
