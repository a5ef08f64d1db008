package dev.rapt.train.data;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Divides a text file into chunks at places where the division does not change the tokens. These
 * are, in order of preference: after a document; after a line break between two characters that are
 * not white space; before a single space between two ASCII letters (see {@link
 * TextEncoder#splitsBetweenLines}). A chunk grows until it has such a place.
 */
final class TextChunkReader implements Closeable {
  private static final int MAX_CHUNK_BYTES = 256 << 20;
  private static final int LONGEST_CHARACTER = 4;

  private final Path file;
  private final InputStream in;
  private final MessageDigest digest = TextFingerprint.digest();
  private final DocumentSplit.Finder documents;
  private final int separatorLength;
  private final boolean betweenLines;
  private final int chunkBytes;
  private byte[] buffer;
  private int filled;
  private boolean atEnd;
  private long offset;
  private boolean startsDocument = true;

  TextChunkReader(Path file, DocumentSplit documents, boolean betweenLines, int chunkBytes)
      throws IOException {
    this.file = file;
    this.documents = documents.finder();
    this.separatorLength = documents.maxLength();
    this.betweenLines = betweenLines;
    this.chunkBytes = chunkBytes;
    this.buffer = new byte[chunkBytes + lookahead()];
    this.in = new DigestInputStream(Files.newInputStream(file), digest);
    fill();
    if (filled >= 3
        && (buffer[0] & 0xff) == 0xef
        && (buffer[1] & 0xff) == 0xbb
        && (buffer[2] & 0xff) == 0xbf) { // a byte order mark is not part of the text
      consume(3);
    }
  }

  /** The next chunk, or null at the end of the file. */
  @Nullable TextChunk next() throws IOException {
    int size = chunkBytes;
    while (true) {
      fill();
      if (atEnd && filled <= size) {
        return filled == 0 ? null : take(filled, true);
      }
      int afterDocument = afterLastDocument(size);
      if (afterDocument > 0) {
        return take(afterDocument, true);
      }
      int cut = betweenLines ? betweenLines(size) : 0;
      if (cut > 0) {
        return take(cut, false);
      }
      if (size >= MAX_CHUNK_BYTES) {
        throw new DataException(
            file,
            "must have the end of a document, the end of a line or a space in every "
                + (MAX_CHUNK_BYTES >> 20)
                + " MiB, got none after byte "
                + offset);
      }
      size *= 2;
      if (buffer.length < size + lookahead()) {
        buffer = Arrays.copyOf(buffer, size + lookahead());
      }
    }
  }

  /** Bytes returned in chunks so far. */
  long offset() {
    return offset;
  }

  /** SHA-256 of the file, after the last chunk. */
  String sha256() {
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private int lookahead() {
    return separatorLength + LONGEST_CHARACTER;
  }

  private void fill() throws IOException {
    int read = in.readNBytes(buffer, filled, buffer.length - filled);
    filled += read;
    atEnd = filled < buffer.length;
  }

  private TextChunk take(int length, boolean endsDocument) {
    boolean endsFile = atEnd && length == filled;
    TextChunk chunk =
        new TextChunk(file, offset, Arrays.copyOf(buffer, length), startsDocument, endsFile);
    consume(length);
    startsDocument = endsDocument;
    return chunk;
  }

  private void consume(int length) {
    System.arraycopy(buffer, length, buffer, 0, filled - length);
    filled -= length;
    offset += length;
  }

  /**
   * The end of the last document that ends within the first {@code size} bytes, or 0. The search
   * begins at the front, as the encoding does, because separators may overlap.
   */
  private int afterLastDocument(int size) {
    int last = 0;
    for (int at = 0; separatorLength > 0 && at < size; ) {
      int length = documents.lengthAt(buffer, at, filled);
      if (length > 0) {
        last = at + length;
      }
      at += Math.max(length, 1);
    }
    return last;
  }

  private int betweenLines(int size) {
    for (int cut = size; cut >= 2; cut--) {
      if (buffer[cut - 1] == '\n'
          && isVisible(codePointBefore(cut - 1))
          && isVisible(codePointAt(cut))
          && !isInSeparator(cut)) {
        return cut;
      }
    }
    for (int cut = size; cut >= 1; cut--) {
      if (buffer[cut] == ' '
          && cut + 1 < filled
          && isLetter(buffer[cut - 1])
          && isLetter(buffer[cut + 1])
          && !isInSeparator(cut)) {
        return cut;
      }
    }
    return 0;
  }

  /** Whether a separator begins at the cut or crosses it. */
  private boolean isInSeparator(int cut) {
    for (int at = Math.max(0, cut - separatorLength); at <= cut; at++) {
      if (at + documents.lengthAt(buffer, at, filled) > cut) {
        return true;
      }
    }
    return false;
  }

  private static boolean isVisible(int codePoint) {
    return codePoint > ' '
        && codePoint != 0x7f
        && codePoint != 0x85
        && !Character.isWhitespace(codePoint)
        && !Character.isSpaceChar(codePoint);
  }

  private static boolean isLetter(byte b) {
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
  }

  private int codePointBefore(int end) {
    int start = end - 1;
    while (start > 0 && end - start < LONGEST_CHARACTER && (buffer[start] & 0xc0) == 0x80) {
      start--;
    }
    return codePointAt(start);
  }

  /** The character that begins here, or 0 if there is none. */
  private int codePointAt(int at) {
    int lead = buffer[at];
    if (lead >= 0) {
      return lead;
    }
    int more = Integer.numberOfLeadingZeros(~(lead << 24)) - 1; // continuation bytes
    if (more < 1 || more > 3 || at + more >= filled) {
      return 0;
    }
    int codePoint = lead & (0x3f >> more);
    for (int k = 1; k <= more; k++) {
      codePoint = codePoint << 6 | (buffer[at + k] & 0x3f);
    }
    return codePoint > Character.MAX_CODE_POINT ? 0 : codePoint;
  }
}
