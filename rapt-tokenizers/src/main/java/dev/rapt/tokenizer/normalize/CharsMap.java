package dev.rapt.tokenizer.normalize;

import dev.rapt.tokenizer.text.AlignedText;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * SentencePiece's precompiled character map: a double-array trie (Darts-clone) from UTF-8 sequences
 * to offsets in a block of zero-terminated replacements.
 */
public final class CharsMap {
  private static final Pattern GRAPHEME = Pattern.compile("\\X");
  private static final int MAX_GRAPHEME_BYTES = 5; // longer graphemes are looked up by code point

  private final byte[] bytes;
  private final int[] units;
  private final int textStart;
  private final @Nullable String[] asciiRules = new String[0x80];

  private CharsMap(byte[] bytes, int[] units, int textStart) {
    this.bytes = bytes;
    this.units = units;
    this.textStart = textStart;
    for (int c = 0; c < asciiRules.length; c++) {
      asciiRules[c] = lookUp(new byte[] {(byte) c});
    }
  }

  /**
   * Reads the map of a SentencePiece model.
   *
   * @throws IllegalArgumentException if the sizes in the map do not fit its length
   */
  public static CharsMap of(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int trieBytes = bytes.length < 4 ? -1 : buffer.getInt();
    if (trieBytes <= 0 || trieBytes % 4 != 0 || trieBytes > bytes.length - 4) {
      throw new IllegalArgumentException(
          "precompiled_charsmap: the trie must fit the "
              + bytes.length
              + " bytes there are, got a size of "
              + trieBytes);
    }
    int[] units = new int[trieBytes / 4];
    buffer.asIntBuffer().get(units);
    return new CharsMap(bytes.clone(), units, 4 + trieBytes);
  }

  /**
   * Reads the map of a tokenizer.json.
   *
   * @throws IllegalArgumentException if the string is not Base64 or not a map
   */
  public static CharsMap ofBase64(String base64) {
    try {
      return of(Base64.getDecoder().decode(base64));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("precompiled_charsmap: " + e.getMessage(), e);
    }
  }

  public String toBase64() {
    return Base64.getEncoder().encodeToString(bytes);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CharsMap map && Arrays.equals(bytes, map.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  AlignedText apply(AlignedText text) {
    if (!mayChange(text)) {
      return text;
    }
    AlignedText.Edits edits = new AlignedText.Edits(text.length());
    String string = text.toString();
    Matcher graphemes = GRAPHEME.matcher(string);
    for (int at = 0; at < string.length(); ) {
      int end = at;
      while (end < string.length() && isAsciiGrapheme(string, end)) {
        replace(string.charAt(end), asciiRules[string.charAt(end)], edits);
        end++;
      }
      at = end;
      while (end < string.length() && !isAsciiGrapheme(string, end)) {
        end++;
      }
      graphemes.region(at, end);
      while (graphemes.find()) {
        replace(graphemes.group(), edits);
      }
      at = end;
    }
    return text.edit(edits, 0);
  }

  private boolean mayChange(AlignedText text) {
    for (int i = 0; i < text.length(); i++) {
      int c = text.codePoint(i);
      if (c >= 0x80 || c == '\r' || asciiRules[c] != null) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether a character is a grapheme by itself, as its neighbours are ASCII. */
  private static boolean isAsciiGrapheme(String string, int at) {
    char c = string.charAt(at);
    return c < 0x80
        && c != '\r'
        && c != '\n'
        && (at == 0 || string.charAt(at - 1) < 0x80)
        && (at + 1 == string.length() || string.charAt(at + 1) < 0x80);
  }

  private void replace(String grapheme, AlignedText.Edits edits) {
    byte[] key = grapheme.getBytes(StandardCharsets.UTF_8);
    String whole = key.length <= MAX_GRAPHEME_BYTES ? lookUp(key) : null;
    if (whole != null) {
      edits.replace(grapheme.codePointCount(0, grapheme.length()), whole);
      return;
    }
    grapheme
        .codePoints()
        .forEach(
            c -> replace(c, lookUp(Character.toString(c).getBytes(StandardCharsets.UTF_8)), edits));
  }

  private static void replace(int codePoint, @Nullable String rule, AlignedText.Edits edits) {
    if (rule == null) {
      edits.add(codePoint, 0);
    } else {
      edits.replace(1, rule);
    }
  }

  /** A rule that matches: the byte at which the match ends, and what replaces it. */
  record Match(int end, String replacement) {}

  /** Returns the longest match at a byte, as the SentencePiece library finds it, or null. */
  @Nullable Match longest(byte[] utf8, int from) {
    Match found = null;
    int position = offset(units[0]);
    for (int i = from; i < utf8.length; i++) {
      int label = utf8[i] & 0xFF;
      position ^= label;
      if (label == 0 || position < 0 || position >= units.length) {
        break;
      }
      int unit = units[position];
      if ((unit & 0x800000FF) != label) {
        break;
      }
      position ^= offset(unit);
      if ((unit >>> 8 & 1) != 0 && position >= 0 && position < units.length) {
        String replacement = replacement(units[position] & 0x7FFFFFFF);
        found = replacement == null ? found : new Match(i + 1, replacement);
      }
    }
    return found;
  }

  /** Returns the replacement of the shortest matching prefix, as Hugging Face tokenizers does. */
  private @Nullable String lookUp(byte[] key) {
    int position = offset(units[0]);
    for (byte b : key) {
      int label = b & 0xFF;
      position ^= label;
      if (label == 0 || position < 0 || position >= units.length) {
        return null;
      }
      int unit = units[position];
      if ((unit & 0x800000FF) != label) {
        return null;
      }
      position ^= offset(unit);
      if ((unit >>> 8 & 1) != 0 && position >= 0 && position < units.length) {
        return replacement(units[position] & 0x7FFFFFFF);
      }
    }
    return null;
  }

  private static int offset(int unit) {
    return (unit >>> 10) << ((unit & 1 << 9) >>> 6);
  }

  private @Nullable String replacement(int index) {
    int start = textStart + index;
    if (start < textStart || start >= bytes.length) {
      return null;
    }
    int end = start;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, start, end - start, StandardCharsets.UTF_8);
  }
}
