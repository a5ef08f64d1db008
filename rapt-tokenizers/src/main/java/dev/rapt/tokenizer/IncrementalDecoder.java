package dev.rapt.tokenizer;

import dev.rapt.tokenizer.text.Utf8;
import dev.rapt.tokenizer.types.IdBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Decodes ids that arrive one by one. The joined results equal the text of all ids decoded at once.
 * A character whose bytes span several tokens is returned when it is complete. Not thread-safe.
 *
 * @apiNote Call {@link #finish} after the last id; it returns the text still held back.
 */
public final class IncrementalDecoder {
  private static final char REPLACEMENT = '\uFFFD';

  private final IdTable table;
  private final boolean skipSpecial;

  // Byte-level: bytes of an incomplete character.
  private byte[] pending = new byte[0];

  // Others: ids whose text depends on each other; the text of the first readCount is returned.
  private final IdBuffer window = new IdBuffer(16);
  private int readCount;

  IncrementalDecoder(IdTable table, boolean skipSpecial) {
    this.table = table;
    this.skipSpecial = skipSpecial;
  }

  /**
   * Adds an id.
   *
   * @param id the next id
   * @return the text that is now complete: often the text of the id, sometimes empty
   */
  public String next(int id) {
    return table.decodesToBytes() ? nextBytes(id) : nextToken(id);
  }

  /** {@return the text still held back; the decoder can then be used again} */
  public String finish() {
    String text;
    if (table.decodesToBytes()) {
      text = new String(pending, StandardCharsets.UTF_8);
      pending = new byte[0];
    } else {
      text = unread(decode(0, readCount), decode(0, window.size()));
      window.clear();
      readCount = 0;
    }
    return text;
  }

  private String nextBytes(int id) {
    byte[] bytes = table.bytesOf(id, skipSpecial);
    if (bytes.length == 0) {
      return "";
    }
    int held = pending.length;
    byte[] all = Arrays.copyOf(pending, held + bytes.length);
    System.arraycopy(bytes, 0, all, held, bytes.length);
    int complete = all.length - incompleteTail(all);
    pending = Arrays.copyOfRange(all, complete, all.length);
    return new String(all, 0, complete, StandardCharsets.UTF_8);
  }

  /** Returns the number of bytes at the end that may start a character. */
  private static int incompleteTail(byte[] s) {
    for (int count = 1; count <= Math.min(3, s.length); count++) {
      int lead = s[s.length - count] & 0xFF;
      if ((lead & 0xC0) == 0x80) {
        continue;
      }
      int needed = lead < 0xC2 || lead > 0xF4 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
      return needed > count && canContinue(s, s.length - count, count, needed) ? count : 0;
    }
    return 0;
  }

  /** Returns whether further bytes can complete the {@code count} bytes at {@code at}. */
  private static boolean canContinue(byte[] s, int at, int count, int needed) {
    byte[] lowest = new byte[needed];
    byte[] highest = new byte[needed];
    Arrays.fill(lowest, (byte) 0x80);
    Arrays.fill(highest, (byte) 0xBF);
    System.arraycopy(s, at, lowest, 0, count);
    System.arraycopy(s, at, highest, 0, count);
    return (Utf8.read(lowest, 0, needed) & 7) == needed
        || (Utf8.read(highest, 0, needed) & 7) == needed;
  }

  private String nextToken(int id) {
    window.add(id);
    String before = decode(0, readCount);
    String after = decode(0, window.size());
    if (after.length() <= before.length() || after.charAt(after.length() - 1) == REPLACEMENT) {
      return "";
    }
    String text = unread(before, after);
    int[] rest = Arrays.copyOfRange(window.array(), readCount, window.size());
    window.clear();
    window.add(rest, 0, rest.length);
    readCount = rest.length;
    return text;
  }

  private static String unread(String before, String after) {
    return after.startsWith(before) ? after.substring(before.length()) : after;
  }

  private String decode(int from, int to) {
    return table.decode(window.array(), from, to, skipSpecial);
  }
}
