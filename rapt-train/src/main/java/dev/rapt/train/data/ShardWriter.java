package dev.rapt.train.data;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.LongUnaryOperator;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes tokens to shard files under temporary names. {@link #commit} renames them when all are
 * complete and synced to the disk. Closing without a commit deletes them.
 */
final class ShardWriter implements Closeable {
  private static final int BUFFER_BYTES = 1 << 20;

  private final Path directory;
  private final ShardHeader template;
  private final long shardTokens;
  private final LongUnaryOperator bytesToCome;
  private final Opener opener;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final CRC32C checksum = new CRC32C();
  private final List<Path> temporary = new ArrayList<>();
  private final List<ShardHeader> finished = new ArrayList<>();
  private @Nullable FileChannel channel;
  private long position; // in the file of the open shard
  private long inShard;
  private long bytesWritten;

  /** Opens the file that a shard is written to. */
  @FunctionalInterface
  interface Opener {
    FileChannel open(Path file) throws IOException;
  }

  /**
   * Starts a set of shards.
   *
   * @param template the header of all shards, without counts and checksum
   * @param bytesToCome estimates the bytes still to be written from those written so far
   */
  ShardWriter(
      Path directory,
      ShardHeader template,
      long shardTokens,
      LongUnaryOperator bytesToCome,
      Opener opener) {
    this.directory = directory;
    this.template = template;
    this.shardTokens = shardTokens;
    this.bytesToCome = bytesToCome;
    this.opener = opener;
  }

  static FileChannel create(Path file) throws IOException {
    return FileChannel.open(
        file,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  void write(int[] tokens, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      if (channel != null && inShard == shardTokens) {
        finishShard();
      }
      if (channel == null) {
        startShard();
      }
      if (template.tokenBytes() == 2) {
        buffer.putShort((short) tokens[i]);
      } else {
        buffer.putInt(tokens[i]);
      }
      inShard++;
      if (!buffer.hasRemaining()) {
        flush();
      }
    }
  }

  long tokens() {
    return finished.stream().mapToLong(ShardHeader::tokens).sum() + inShard;
  }

  /** Renames the shard files; returns them in order. */
  List<TokenShards.Shard> commit() throws IOException {
    if (channel != null) {
      finishShard();
    }
    List<TokenShards.Shard> shards = new ArrayList<>();
    for (int i = 0; i < finished.size(); i++) {
      ShardHeader header = withShards(finished.get(i), finished.size());
      Path from = temporary.get(i);
      guard(
          from,
          () -> {
            try (FileChannel out = FileChannel.open(from, StandardOpenOption.WRITE)) {
              writeFully(out, header.toBytes(), 0);
              out.force(true);
            }
          });
      Path to =
          directory.resolve(
              String.format(Locale.ROOT, "tokens-%05d-of-%05d.bin", i, finished.size()));
      shards.add(new TokenShards.Shard(to, header.tokens(), header.checksum()));
    }
    for (int i = 0; i < shards.size(); i++) {
      Files.move(
          temporary.get(i),
          shards.get(i).file(),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    }
    temporary.clear();
    return shards;
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
      channel = null;
    }
    for (Path file : temporary) {
      Files.deleteIfExists(file);
    }
    temporary.clear();
  }

  private void startShard() throws IOException {
    Path file = directory.resolve("tokens-" + UUID.randomUUID() + ".tmp");
    temporary.add(file);
    channel = opener.open(file);
    position = ShardHeader.BYTES;
    checksum.reset();
    inShard = 0;
  }

  private void finishShard() throws IOException {
    flush();
    if (channel != null) {
      channel.close();
      channel = null;
    }
    finished.add(
        new ShardHeader(
            template.tokenBytes(),
            inShard,
            checksum.getValue(),
            template.vocabSize(),
            template.endOfTextId(),
            finished.size(),
            0,
            template.fingerprint()));
    inShard = 0;
  }

  private static ShardHeader withShards(ShardHeader h, int shards) {
    return new ShardHeader(
        h.tokenBytes(),
        h.tokens(),
        h.checksum(),
        h.vocabSize(),
        h.endOfTextId(),
        h.shard(),
        shards,
        h.fingerprint());
  }

  private void flush() throws IOException {
    buffer.flip();
    checksum.update(buffer.duplicate());
    FileChannel out = channel;
    if (out != null) {
      guard(temporary.getLast(), () -> writeFully(out, buffer, position));
    }
    position += buffer.limit();
    bytesWritten += buffer.limit();
    buffer.clear();
  }

  private static void writeFully(FileChannel out, ByteBuffer bytes, long position)
      throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += out.write(bytes, at);
    }
  }

  private String nextStep(IOException cause) throws IOException {
    boolean isFull = String.valueOf(cause.getMessage()).matches("(?i).*(space left|enough space).*");
    long free = Files.getFileStore(directory).getUsableSpace();
    long needed = bytesToCome.applyAsLong(bytesWritten);
    return isFull || needed > free
        ? "about %d more bytes are needed and %d are free; make room or choose another folder"
            .formatted(needed, free)
        : "check quotas and the limit of file sizes, or choose another folder";
  }

  private interface Write {
    void run() throws IOException;
  }

  private void guard(Path file, Write write) throws IOException {
    try {
      write.run();
    } catch (IOException e) {
      throw new DataException(
          file,
          "tokens must be written, got an error after "
              + bytesWritten
              + " bytes ("
              + e.getMessage()
              + "); "
              + nextStep(e),
          e);
    }
  }
}
