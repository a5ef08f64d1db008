package dev.rapt.tokenizer.train;

import dev.rapt.tokenizer.text.ByteOrderMark;
import dev.rapt.tokenizer.text.CharClass;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads files in chunks of some megabytes. A chunk ends where every split pattern splits: at a line
 * end before a character that is not white space, or before a space between two letters. Text
 * without such a position for many megabytes is split anywhere. Thread-safe.
 */
final class ChunkReader implements AutoCloseable {
  private static final int CHUNK_BYTES = 4 << 20;

  private final Iterator<Path> files;
  private @Nullable InputStream current;
  private byte[] carried = new byte[0];

  ChunkReader(List<Path> files) {
    this.files = files.iterator();
  }

  /** Returns the next chunk, or null after the last one. */
  synchronized byte @Nullable [] next() throws IOException {
    while (true) {
      if (current == null) {
        if (!files.hasNext()) {
          return null;
        }
        current = ByteOrderMark.skip(Files.newInputStream(files.next()));
      }
      byte[] chunk = Arrays.copyOf(carried, carried.length + CHUNK_BYTES);
      int read = current.readNBytes(chunk, carried.length, CHUNK_BYTES);
      int length = carried.length + read;
      carried = new byte[0];
      if (read < CHUNK_BYTES) {
        current.close();
        current = null;
        if (length == 0) {
          continue;
        }
        return Arrays.copyOf(chunk, length);
      }
      int cut = lastCut(chunk, length);
      carried = Arrays.copyOfRange(chunk, cut, length);
      return Arrays.copyOf(chunk, cut);
    }
  }

  private static int lastCut(byte[] s, int length) {
    int atSpace = 0;
    for (int i = length - 4; i > length / 2; i--) {
      if (s[i - 1] == '\n'
          && s[i] != '/'
          && (CharClass.read(s, i, length) & CharClass.SPACE) == 0) {
        return i;
      }
      if (atSpace == 0 && s[i] == ' ' && isAsciiLetter(s[i - 1]) && isAsciiLetter(s[i + 1])) {
        atSpace = i;
      }
    }
    if (atSpace > 0) {
      return atSpace;
    }
    int cut = length;
    while (cut > length - 4 && (s[cut - 1] & 0xC0) == 0x80) {
      cut--;
    }
    return s[cut - 1] < 0 ? cut - 1 : cut;
  }

  private static boolean isAsciiLetter(byte b) {
    int lower = b | 0x20;
    return lower >= 'a' && lower <= 'z';
  }

  @Override
  public synchronized void close() throws IOException {
    if (current != null) {
      current.close();
    }
  }
}
