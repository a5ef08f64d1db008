package dev.rapt.tokenizer.pretokenize;

import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.CharClass;
import dev.rapt.tokenizer.text.Matches;
import dev.rapt.tokenizer.text.Utf8;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Hand-written scanners over UTF-8 for well-known split patterns. Pieces are contiguous: a text is
 * split by calling {@link #next} from the end of each piece.
 */
public enum SplitScanner {
  /** GPT-2, RoBERTa, Whisper, ... */
  GPT2("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+") {
    @Override
    public int next(byte[] s, int at, int to) {
      int start = at;
      if (s[at] == '\'') {
        int end = contraction(s, at, to, false);
        if (end > 0) {
          return end;
        }
      }
      if (s[at] == ' ' && at + 1 < to) {
        start = at + 1;
      }
      int first = CharClass.read(s, start, to);
      if ((first & CharClass.SPACE) != 0) {
        return whitespace(s, at, to, false);
      }
      int kind = first & (CharClass.LETTER | CharClass.NUMBER);
      return kind != 0 ? run(s, start, to, kind) : others(s, start, to);
    }
  },

  /** GPT-4 (cl100k) as tiktoken has it: {@link #GPT4}, but white space at the end is one piece. */
  CL100K(
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
          + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s+\\z|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+") {
    @Override
    public int next(byte[] s, int at, int to) {
      return run(s, at, to, CharClass.SPACE) == to ? to : nextGpt4(s, at, to, 3);
    }
  },

  /** Llama 3 and what is called GPT-4's pattern elsewhere: at most three digits together. */
  GPT4(
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
          + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+") {
    @Override
    public int next(byte[] s, int at, int to) {
      return nextGpt4(s, at, to, 3);
    }
  },

  /** Qwen 2 and 3: every digit is a piece. */
  QWEN(
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|"
          + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+") {
    @Override
    public int next(byte[] s, int at, int to) {
      return nextGpt4(s, at, to, 1);
    }
  },

  /** GPT-4o and gpt-oss (o200k): words are split before capitals. */
  O200K(
      "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
          + "(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
          + "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
          + "(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
          + "\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+") {
    @Override
    public int next(byte[] s, int at, int to) {
      return nextO200k(s, at, to, 3, true);
    }
  },

  /** Mistral's Tekken: as o200k, but every digit is a piece, and contractions are not special. */
  TEKKEN(
      "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|"
          + "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|"
          + "\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+") {
    @Override
    public int next(byte[] s, int at, int to) {
      return nextO200k(s, at, to, 1, false);
    }
  },

  /** DeepSeek V2 and V3: digits, then Chinese and kana, then the rest. */
  DEEPSEEK(
      "\\p{N}{1,3}",
      "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+",
      "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|"
          + "[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|"
          + "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+") {
    @Override
    public int next(byte[] s, int at, int to) {
      return DeepSeekScan.next(s, at, to);
    }
  };

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> patterns;

  SplitScanner(String... patterns) {
    this.patterns = List.of(patterns);
  }

  /**
   * Returns the equivalent regular expressions: each splits the pieces of the previous one into its
   * matches and the text between them.
   */
  public List<String> patterns() {
    return patterns;
  }

  /** Returns the scanner that is equivalent to a list of regular expressions, or null. */
  public static @Nullable SplitScanner forPatterns(List<String> patterns) {
    for (SplitScanner scanner : values()) {
      if (scanner.patterns.equals(patterns)) {
        return scanner;
      }
    }
    return null;
  }

  /**
   * Returns the end of the piece that begins at {@code at}.
   *
   * @param s UTF-8; invalid bytes count as symbols
   * @param at start of a piece, less than {@code to}
   * @param to end of the text
   */
  public abstract int next(byte[] s, int at, int to);

  /** Returns all pieces of a text; every span is a match. */
  public Matches find(AlignedText text) {
    byte[] bytes = Utf8.encode(text, 0);
    Matches spans = new Matches();
    int points = 0;
    for (int at = 0; at < bytes.length; ) {
      int end = next(bytes, at, bytes.length);
      for (int i = at; i < end; i++) {
        points += (bytes[i] & 0xC0) != 0x80 ? 1 : 0;
      }
      spans.add(points, true);
      at = end;
    }
    return spans;
  }

  private static int nextGpt4(byte[] s, int at, int to, int maxDigits) {
    int first = CharClass.read(s, at, to);
    if ((first & CharClass.LETTER) != 0) {
      return run(s, at + (first >> 8), to, CharClass.LETTER);
    }
    if (s[at] == '\'') {
      int end = contraction(s, at, to, true);
      if (end > 0) {
        return end;
      }
    }
    if ((first & CharClass.NUMBER) != 0) {
      return digits(s, at, to, maxDigits);
    }
    int next = at + (first >> 8);
    if ((first & CharClass.NEWLINE) == 0 && next < to) {
      int second = CharClass.read(s, next, to);
      if ((second & CharClass.LETTER) != 0) {
        return run(s, next + (second >> 8), to, CharClass.LETTER);
      }
    }
    int symbol = s[at] == ' ' && next < to ? next : at;
    int afterSymbols = others(s, symbol, to);
    if (afterSymbols > symbol) {
      while (afterSymbols < to && (s[afterSymbols] == '\r' || s[afterSymbols] == '\n')) {
        afterSymbols++;
      }
      return afterSymbols;
    }
    return whitespace(s, at, to, true);
  }

  private static int nextO200k(byte[] s, int at, int to, int maxDigits, boolean contractions) {
    int first = CharClass.read(s, at, to);
    int second = at + (first >> 8);
    boolean prefix =
        (first & (CharClass.NEWLINE | CharClass.LETTER | CharClass.NUMBER)) == 0 && second < to;
    int end = prefix ? cased(s, second, to) : 0;
    if (end == 0) {
      end = cased(s, at, to);
    }
    if (end == 0 && prefix) {
      end = capitals(s, second, to);
    }
    if (end == 0) {
      end = capitals(s, at, to);
    }
    if (end > 0) {
      int contracted =
          contractions && end < to && s[end] == '\'' ? contraction(s, end, to, true) : 0;
      return contracted > 0 ? contracted : end;
    }
    if ((first & CharClass.NUMBER) != 0) {
      return digits(s, at, to, maxDigits);
    }
    int symbol = s[at] == ' ' && second < to ? second : at;
    int afterSymbols = others(s, symbol, to);
    if (afterSymbols > symbol) {
      while (afterSymbols < to
          && (s[afterSymbols] == '\r' || s[afterSymbols] == '\n' || s[afterSymbols] == '/')) {
        afterSymbols++;
      }
      return afterSymbols;
    }
    return whitespace(s, at, to, true);
  }

  // [upper]*[lower]+, or 0
  private static int cased(byte[] s, int at, int to) {
    int end = at;
    int lastBoth = 0;
    while (end < to) {
      int c = CharClass.read(s, end, to);
      if ((c & CharClass.UPPER) == 0) {
        break;
      }
      end += c >> 8;
      if ((c & CharClass.LOWER) != 0) {
        lastBoth = end;
      }
    }
    int afterLower = run(s, end, to, CharClass.LOWER);
    return afterLower > end ? afterLower : lastBoth;
  }

  // [upper]+[lower]* where cased has failed, or 0
  private static int capitals(byte[] s, int at, int to) {
    int end = run(s, at, to, CharClass.UPPER);
    return end > at ? end : 0;
  }

  /** Returns the end of the run of characters with any of the given bits. */
  private static int run(byte[] s, int at, int to, int bits) {
    while (at < to) {
      int c = CharClass.read(s, at, to);
      if ((c & bits) == 0) {
        break;
      }
      at += c >> 8;
    }
    return at;
  }

  /** Returns the end of the run of {@code [^\s\p{L}\p{N}]}. */
  private static int others(byte[] s, int at, int to) {
    while (at < to) {
      int c = CharClass.read(s, at, to);
      if ((c & (CharClass.SPACE | CharClass.LETTER | CharClass.NUMBER)) != 0) {
        break;
      }
      at += c >> 8;
    }
    return at;
  }

  static int digits(byte[] s, int at, int to, int max) {
    for (int i = 0; i < max && at < to; i++) {
      int c = CharClass.read(s, at, to);
      if ((c & CharClass.NUMBER) == 0) {
        break;
      }
      at += c >> 8;
    }
    return at;
  }

  /**
   * {@code \s*[\r\n]+|\s+(?!\S)|\s+}, the first alternative only if {@code splitNewlines}: up to
   * the last line end, or else all but the last white space, which joins the next word.
   */
  static int whitespace(byte[] s, int at, int to, boolean splitNewlines) {
    int end = at;
    int last = at;
    int afterNewline = 0;
    while (end < to) {
      int c = CharClass.read(s, end, to);
      if ((c & CharClass.SPACE) == 0) {
        break;
      }
      last = end;
      end += c >> 8;
      if ((c & CharClass.NEWLINE) != 0) {
        afterNewline = end;
      }
    }
    if (splitNewlines && afterNewline > 0) {
      return afterNewline;
    }
    return end == to || last == at ? end : last;
  }

  /** Returns the end of {@code 's|'t|'re|'ve|'m|'ll|'d} at an apostrophe, or 0. */
  private static int contraction(byte[] s, int at, int to, boolean ignoreCase) {
    if (at + 1 >= to) {
      return 0;
    }
    int mask = ignoreCase ? 0x20 : 0;
    int a = s[at + 1] | mask;
    if (a == 's' || a == 't' || a == 'm' || a == 'd') {
      return at + 2;
    }
    if (at + 2 >= to) {
      return 0;
    }
    int b = s[at + 2] | mask;
    if (((a == 'r' || a == 'v') && b == 'e') || (a == 'l' && b == 'l')) {
      return at + 3;
    }
    boolean longS = ignoreCase && s[at + 1] == (byte) 0xC5 && s[at + 2] == (byte) 0xBF;
    return longS ? at + 3 : 0; // U+017F folds to s
  }
}
