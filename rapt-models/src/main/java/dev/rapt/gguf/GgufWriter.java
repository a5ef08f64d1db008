package dev.rapt.gguf;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.quant.ggml.GgmlType;
import dev.rapt.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes GGUF files of version 3, little-endian, tensor by tensor, so that not all of them have to
 * be in memory at once. The file appears complete or not at all.
 */
public final class GgufWriter {
  private static final int MAGIC = 0x46554747; // "GGUF"
  private static final int VERSION = 3;
  private static final int ALIGNMENT = 32;
  private static final String ALIGNMENT_KEY = "general.alignment";
  private static final long CHUNK_BYTES = 64L << 20;

  /** Name, type and shape of a tensor to be written; the last dimension is that of the columns. */
  public record Spec(String name, GgmlType type, Shape shape) {
    /**
     * Checks that rows are whole blocks.
     *
     * @throws IllegalArgumentException if they are not
     */
    public Spec {
      if (shape.dim(shape.rank() - 1) % type.blockValues() != 0) {
        throw new IllegalArgumentException(
            "%s: rows must be whole blocks of %d values in %s, got %s"
                .formatted(name, type.blockValues(), type, shape));
      }
    }

    /** Returns the size of the blocks or elements in bytes. */
    public long byteSize() {
      return shape.numElements() / type.blockValues() * type.blockBytes();
    }
  }

  /** Supplies the blocks or elements of a tensor. */
  @FunctionalInterface
  public interface Content {
    /**
     * Appends all of the tensor, in one or several parts.
     *
     * @throws IOException if writing fails
     */
    void appendTo(Sink sink, Spec tensor) throws IOException;
  }

  /** Receives the parts of a tensor. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Appends a part.
     *
     * @throws IOException if writing fails
     */
    void append(MemorySegment part) throws IOException;
  }

  private final FileChannel channel;
  private long position;

  private GgufWriter(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Writes a file.
   *
   * @throws IllegalArgumentException if a name occurs twice, or a tensor gets more or fewer bytes
   *     than it has
   * @throws dev.rapt.checkpoint.CheckpointException if the file cannot be written
   */
  public static void write(
      Path file, Map<String, GgufValue> metadata, List<Spec> tensors, Content content) {
    byte[] header = header(metadata, tensors);
    AtomicFiles.write(
        file,
        channel -> {
          GgufWriter writer = new GgufWriter(channel);
          writer.append(ByteBuffer.wrap(header));
          for (Spec tensor : tensors) {
            writer.pad();
            writer.tensor(tensor, content);
          }
          writer.pad();
        });
  }

  private void tensor(Spec tensor, Content content) throws IOException {
    long end = position + tensor.byteSize();
    content.appendTo(
        part -> {
          if (part.byteSize() > end - position) {
            throw new IllegalArgumentException(
                "%s: must get %d bytes, got more".formatted(tensor.name(), tensor.byteSize()));
          }
          for (long at = 0; at < part.byteSize(); at += CHUNK_BYTES) {
            long count = Math.min(CHUNK_BYTES, part.byteSize() - at);
            append(part.asSlice(at, count).asByteBuffer());
          }
        },
        tensor);
    if (position != end) {
      throw new IllegalArgumentException(
          "%s: must get %d bytes, got %d fewer"
              .formatted(tensor.name(), tensor.byteSize(), end - position));
    }
  }

  private void pad() throws IOException {
    append(ByteBuffer.allocate((int) (-position & (ALIGNMENT - 1))));
  }

  private void append(ByteBuffer bytes) throws IOException {
    position += bytes.remaining();
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static byte[] header(Map<String, GgufValue> metadata, List<Spec> tensors) {
    Out out = new Out();
    out.i32(MAGIC);
    out.i32(VERSION);
    out.i64(tensors.size());
    out.i64(metadata.keySet().stream().filter(key -> !key.equals(ALIGNMENT_KEY)).count());
    metadata.forEach((key, value) -> {
      if (!key.equals(ALIGNMENT_KEY)) { // a file that is copied may have had another
        out.string(key);
        out.typed(value);
      }
    });
    Set<String> names = new HashSet<>();
    long offset = 0;
    for (Spec tensor : tensors) {
      if (!names.add(tensor.name())) {
        throw new IllegalArgumentException(
            "tensors: names must be distinct, got " + tensor.name() + " twice");
      }
      out.string(tensor.name());
      long[] dims = tensor.shape().toArray();
      out.i32(dims.length);
      for (int i = dims.length - 1; i >= 0; i--) {
        out.i64(dims[i]);
      }
      out.i32(tensor.type().id());
      out.i64(offset);
      offset += Math.ceilDiv(tensor.byteSize(), ALIGNMENT) * ALIGNMENT;
    }
    return out.bytes.toByteArray();
  }

  /** The header as it grows. */
  private static final class Out {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    void i8(int value) {
      bytes.write(value);
    }

    void i32(int value) {
      bytes.writeBytes(little(4).putInt(value).array());
    }

    void i64(long value) {
      bytes.writeBytes(little(8).putLong(value).array());
    }

    private static ByteBuffer little(int size) {
      return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    void string(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      i64(utf8.length);
      bytes.writeBytes(utf8);
    }

    void typed(GgufValue value) {
      i32(value.type().number());
      GgufValueType type = value.element();
      if (type == null) {
        value(value.type(), value.value());
        return;
      }
      List<?> elements = (List<?>) value.value();
      i32(type.number());
      i64(elements.size());
      elements.forEach(element -> value(type, element));
    }

    private void value(GgufValueType type, Object value) {
      switch (type) {
        case UINT8, INT8 -> i8(((Number) value).intValue());
        case UINT16, INT16 ->
            bytes.writeBytes(little(2).putShort(((Number) value).shortValue()).array());
        case UINT32, INT32 -> i32(((Number) value).intValue());
        case UINT64, INT64 ->
            i64(value instanceof BigInteger big ? big.longValue() : ((Number) value).longValue());
        case FLOAT32 -> i32(Float.floatToRawIntBits(((Number) value).floatValue()));
        case FLOAT64 -> i64(Double.doubleToRawLongBits(((Number) value).doubleValue()));
        case BOOL -> i8((Boolean) value ? 1 : 0);
        case STRING -> string((String) value);
        case ARRAY ->
            throw new IllegalArgumentException(
                "metadata: arrays must hold numbers, truth values or texts, got arrays");
      }
    }
  }
}
