package dev.rapt.tokenizer.pretokenize;

import dev.rapt.tokenizer.text.CharClass;
import dev.rapt.tokenizer.text.Utf8;

/**
 * The three patterns of {@link SplitScanner#DEEPSEEK} in one pass. The first two split a text into
 * stretches, which the third splits further. A stretch ends before a digit and where Chinese or
 * kana begin or end. Ends are detected while scanning, not searched for, so the time is linear.
 */
final class DeepSeekScan {
  private static final int WORD = CharClass.LETTER | CharClass.MARK;
  private static final int MATCHED = WORD | CharClass.PUNCTUATION | CharClass.SPACE;

  /** The text, its end, and whether the stretch is Chinese or kana. */
  private static final class Stretch {
    private final byte[] s;
    private final int to;
    private final boolean isEastAsian;

    Stretch(byte[] s, int to, boolean isEastAsian) {
      this.s = s;
      this.to = to;
      this.isEastAsian = isEastAsian;
    }

    /** Returns class and length of the character at {@code at}, or 0 at the end of the stretch. */
    int read(int at) {
      if (at >= to) {
        return 0;
      }
      int c = CharClass.read(s, at, to);
      boolean inside =
          (c & CharClass.NUMBER) == 0 && DeepSeekScan.isEastAsian(s, at, to) == isEastAsian;
      return inside ? c : 0;
    }

    int run(int at, int bits) {
      int end = at;
      for (int c = read(end); (c & bits) != 0; c = read(end)) {
        end += c >> 8;
      }
      return end;
    }
  }

  private DeepSeekScan() {}

  static int next(byte[] s, int at, int to) {
    int first = CharClass.read(s, at, to);
    if ((first & CharClass.NUMBER) != 0) {
      return SplitScanner.digits(s, at, to, 3);
    }
    Stretch stretch = new Stretch(s, to, isEastAsian(s, at, to));
    int second = at + (first >> 8);
    if ((first & WORD) != 0) {
      return stretch.run(second, WORD);
    }
    if ((first & CharClass.PUNCTUATION) != 0) {
      int letters = s[at] >= 0 ? asciiLetters(s, second, to) : second;
      return letters > second
          ? letters
          : newlines(stretch, stretch.run(second, CharClass.PUNCTUATION));
    }
    if ((first & CharClass.NEWLINE) == 0 && (stretch.read(second) & WORD) != 0) {
      return stretch.run(second, WORD);
    }
    if (s[at] == ' ' && (stretch.read(second) & CharClass.PUNCTUATION) != 0) {
      return newlines(stretch, stretch.run(second, CharClass.PUNCTUATION));
    }
    if ((first & CharClass.SPACE) != 0) {
      int end = stretch.run(at, CharClass.SPACE);
      // The last white space joins the next word only within a stretch.
      return SplitScanner.whitespace(s, at, stretch.read(end) == 0 ? end : to, true);
    }
    return unmatched(stretch, second);
  }

  private static int asciiLetters(byte[] s, int at, int to) {
    while (at < to && s[at] >= 0 && Character.isLetter(s[at])) {
      at++;
    }
    return at;
  }

  private static int newlines(Stretch stretch, int at) {
    return stretch.run(at, CharClass.NEWLINE);
  }

  /** Returns the end of the characters with which no alternative begins. */
  private static int unmatched(Stretch stretch, int at) {
    int end = at;
    for (int c = stretch.read(end); c != 0 && (c & MATCHED) == 0; c = stretch.read(end)) {
      int next = end + (c >> 8);
      if ((stretch.read(next) & WORD) != 0) {
        return end; // the prefix of a word
      }
      end = next;
    }
    return end;
  }

  private static boolean isEastAsian(byte[] s, int at, int to) {
    int lead = s[at] & 0xFF;
    if (lead < 0xE3 || lead > 0xE9) {
      return false;
    }
    int c = Utf8.read(s, at, to) >>> 3;
    return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x4E00 && c <= 0x9FA5);
  }
}
