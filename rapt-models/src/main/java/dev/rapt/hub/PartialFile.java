package dev.rapt.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A partially downloaded file, with a running checksum. */
final class PartialFile implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 20;

  private final FileChannel channel;
  private final RemoteFile file;
  private final MessageDigest digest;
  private long size;

  private PartialFile(FileChannel channel, RemoteFile file) {
    this.channel = channel;
    this.file = file;
    try {
      this.digest = MessageDigest.getInstance(file.isSha256() ? "SHA-256" : "SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has both
    }
  }

  /**
   * Opens the file of an earlier attempt, or an empty one, and reads it to compute its checksum.
   */
  static PartialFile open(Path path, RemoteFile file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    PartialFile part = new PartialFile(channel, file);
    try {
      if (channel.size() > file.size()) {
        channel.truncate(0);
      }
      part.begin();
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
      while (channel.read(buffer, part.size) > 0) {
        buffer.flip();
        part.size += buffer.remaining();
        part.digest.update(buffer);
        buffer.clear();
      }
      channel.position(part.size);
      return part;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Starts the checksum; git's SHA-1 includes a header with the size. */
  private void begin() {
    digest.reset();
    if (!file.isSha256()) {
      digest.update(("blob " + file.size() + "\0").getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Returns the number of bytes that have arrived. */
  long size() {
    return size;
  }

  /** Appends bytes. */
  void append(ByteBuffer bytes) throws IOException {
    digest.update(bytes.duplicate());
    int n = bytes.remaining();
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    size += n;
  }

  /** Discards all bytes and returns their number. */
  long restart() throws IOException {
    long before = size;
    channel.truncate(0);
    channel.position(0);
    size = 0;
    begin();
    return before;
  }

  /** Forces the file to disk and returns its checksum. */
  String checksum() throws IOException {
    channel.force(true);
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
