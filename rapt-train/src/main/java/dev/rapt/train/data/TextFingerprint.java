package dev.rapt.train.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Which text a file held when it was read.
 *
 * @param path absolute path of the file
 * @param bytes its size
 * @param sha256 SHA-256 of its content, in hexadecimal
 */
public record TextFingerprint(String path, long bytes, String sha256) {
  private static final int BUFFER_BYTES = 1 << 20;

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read
   */
  public static TextFingerprint of(Path file) throws IOException {
    MessageDigest digest = digest();
    long bytes = 0;
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
        bytes += read;
      }
    }
    return new TextFingerprint(
        file.toAbsolutePath().normalize().toString(),
        bytes,
        HexFormat.of().formatHex(digest.digest()));
  }

  /** Whether both have the same content, wherever it is stored. */
  public boolean hasContentOf(TextFingerprint other) {
    return bytes == other.bytes && sha256.equals(other.sha256);
  }

  /**
   * Checks that a file has the content with which a run began.
   *
   * @throws IllegalArgumentException if it has another
   */
  public void requireContentOf(TextFingerprint before) {
    if (!hasContentOf(before)) {
      throw new IllegalArgumentException(
          "%s: must be the file with which the run began (%d bytes, SHA-256 %.12s...), got another (%d bytes, SHA-256 %.12s...); restore it, or begin a new run"
              .formatted(path, before.bytes, before.sha256, bytes, sha256));
    }
  }

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
