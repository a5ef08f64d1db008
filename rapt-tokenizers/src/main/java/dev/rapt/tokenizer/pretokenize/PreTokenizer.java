package dev.rapt.tokenizer.pretokenize;

import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.ByteAlphabet;
import dev.rapt.tokenizer.text.CharClass;
import dev.rapt.tokenizer.text.Matches;
import dev.rapt.tokenizer.text.RustUnicode;
import dev.rapt.tokenizer.text.SplitBehavior;
import dev.rapt.tokenizer.text.TextPattern;
import dev.rapt.tokenizer.text.Utf8;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** The pre-tokenizer: splits text into pieces (words) for the model. */
public sealed interface PreTokenizer {

  /** Returns the non-empty pieces of a text, in order. */
  List<AlignedText> split(AlignedText text);

  /** Applies several pre-tokenizers in order, each to the pieces of the previous one. */
  record Sequence(List<PreTokenizer> parts) implements PreTokenizer {
    public Sequence {
      parts = List.copyOf(parts);
    }

    @Override
    public List<AlignedText> split(AlignedText text) {
      List<AlignedText> pieces = text.isEmpty() ? List.of() : List.of(text);
      for (PreTokenizer part : parts) {
        List<AlignedText> next = new ArrayList<>();
        for (AlignedText piece : pieces) {
          next.addAll(part.split(piece));
        }
        pieces = next;
      }
      return pieces;
    }
  }

  /**
   * Splits by the GPT-2 pattern if {@code useRegex}, then maps bytes to printable characters, see
   * {@link ByteAlphabet}. {@code trimOffsets} matters only to the post-processor.
   */
  record ByteLevel(boolean addPrefixSpace, boolean trimOffsets, boolean useRegex)
      implements PreTokenizer {
    @Override
    public List<AlignedText> split(AlignedText text) {
      AlignedText prefixed = addPrefixSpace && !text.startsWith(' ') ? text.prepend(" ") : text;
      List<AlignedText> pieces =
          useRegex
              ? SplitBehavior.ISOLATED.split(prefixed, SplitScanner.GPT2.find(prefixed))
              : List.of(prefixed);
      List<AlignedText> mapped = new ArrayList<>(pieces.size());
      for (AlignedText piece : pieces) {
        if (!piece.isEmpty()) {
          mapped.add(toByteAlphabet(piece));
        }
      }
      return mapped;
    }

    /** Replaces every code point by the characters of its UTF-8 bytes. */
    public static AlignedText toByteAlphabet(AlignedText text) {
      AlignedText.Edits edits = new AlignedText.Edits(text.length() * 2);
      byte[] bytes = new byte[4];
      for (int i = 0; i < text.length(); i++) {
        int count = Utf8.write(text.codePoint(i), bytes, 0);
        for (int k = 0; k < count; k++) {
          edits.add(ByteAlphabet.charOf(bytes[k] & 0xFF), k == 0 ? 0 : 1);
        }
      }
      return text.edit(edits, 0);
    }
  }

  /** Splits at the matches of a pattern, or between them if {@code invert}. */
  record Split(TextPattern pattern, SplitBehavior behavior, boolean invert)
      implements PreTokenizer {
    @Override
    public List<AlignedText> split(AlignedText text) {
      SplitScanner scanner =
          pattern instanceof TextPattern.Regex regex
              ? SplitScanner.forPatterns(List.of(regex.source()))
              : null;
      Matches spans = scanner == null ? pattern.find(text) : scanner.find(text);
      return behavior.split(text, invert ? spans.inverted() : spans);
    }
  }

  /** Splits into runs of word characters and runs of others; removes white space. */
  record Whitespace() implements PreTokenizer {
    @Override
    public List<AlignedText> split(AlignedText text) {
      List<AlignedText> pieces = new ArrayList<>();
      for (AlignedText run : new WhitespaceSplit().split(text)) {
        pieces.addAll(SplitBehavior.CONTIGUOUS.split(run, singles(run, CharClass::isWord)));
      }
      return pieces;
    }
  }

  /** Splits at white space and removes it. */
  record WhitespaceSplit() implements PreTokenizer {
    @Override
    public List<AlignedText> split(AlignedText text) {
      return SplitBehavior.REMOVED.split(text, singles(text, CharClass::isWhitespace));
    }
  }

  /** Splits at white space, which is removed, and around every punctuation mark. */
  record Bert() implements PreTokenizer {
    @Override
    public List<AlignedText> split(AlignedText text) {
      List<AlignedText> pieces = new ArrayList<>();
      for (AlignedText word : new WhitespaceSplit().split(text)) {
        pieces.addAll(new Punctuation(SplitBehavior.ISOLATED).split(word));
      }
      return pieces;
    }
  }

  /** Splits at punctuation: ASCII symbols and {@code \p{P}}. */
  record Punctuation(SplitBehavior behavior) implements PreTokenizer {
    @Override
    public List<AlignedText> split(AlignedText text) {
      return behavior.split(text, singles(text, RustUnicode::isPunctuation));
    }
  }

  /** Splits numbers from other text, digit by digit if {@code individualDigits}. */
  record Digits(boolean individualDigits) implements PreTokenizer {
    @Override
    public List<AlignedText> split(AlignedText text) {
      Matches spans = singles(text, RustUnicode::isNumber);
      return (individualDigits ? SplitBehavior.ISOLATED : SplitBehavior.CONTIGUOUS)
          .split(text, spans);
    }
  }

  /** Splits at one character and removes it. */
  record CharDelimiterSplit(int delimiter) implements PreTokenizer {
    @Override
    public List<AlignedText> split(AlignedText text) {
      return SplitBehavior.REMOVED.split(text, singles(text, c -> c == delimiter));
    }
  }

  /** Splits after every {@code chars} code points. */
  record FixedLength(int chars) implements PreTokenizer {
    public FixedLength {
      if (chars < 1) {
        throw new IllegalArgumentException("length: must be at least 1, got " + chars);
      }
    }

    @Override
    public List<AlignedText> split(AlignedText text) {
      List<AlignedText> pieces = new ArrayList<>();
      for (int i = 0; i < text.length(); i += chars) {
        pieces.add(text.slice(i, Math.min(text.length(), i + chars)));
      }
      return pieces;
    }
  }

  /**
   * Replaces spaces by a visible character (SentencePiece's U+2581), prepends one to the text, and
   * starts a piece at each if {@code splits}.
   */
  record Metaspace(int replacement, PrependScheme prependScheme, boolean splits)
      implements PreTokenizer {
    @Override
    public List<AlignedText> split(AlignedText text) {
      AlignedText marked = text.replace(' ', replacement);
      boolean prepends =
          switch (prependScheme) {
            case ALWAYS -> true;
            case FIRST -> !text.isEmpty() && text.originalStart(0) == 0;
            case NEVER -> false;
          };
      AlignedText whole =
          prepends && !marked.startsWith(replacement)
              ? marked.prepend(Character.toString(replacement))
              : marked;
      if (!splits || whole.indexOf(replacement, Math.min(1, whole.length())) < 0) {
        return whole.isEmpty() ? List.of() : List.of(whole);
      }
      return SplitBehavior.MERGED_WITH_NEXT.split(whole, singles(whole, c -> c == replacement));
    }
  }

  /**
   * Splits where the script changes; kana count as Han. Spaces and code points without a script
   * belong to the preceding piece.
   */
  record UnicodeScripts() implements PreTokenizer {
    @Override
    public List<AlignedText> split(AlignedText text) {
      List<AlignedText> pieces = new ArrayList<>();
      Character.UnicodeScript last = null;
      int start = -1;
      for (int i = 0; i < text.length(); i++) {
        int c = text.codePoint(i);
        Character.UnicodeScript script = scriptOf(c);
        if (c == ' ' || script == Character.UnicodeScript.UNKNOWN) {
          continue;
        }
        if (script != last) {
          if (start >= 0) {
            pieces.add(text.slice(start, i));
          }
          start = i;
        }
        last = script;
      }
      if (start >= 0) {
        pieces.add(text.slice(start, text.length()));
      }
      return pieces;
    }

    private static Character.UnicodeScript scriptOf(int c) {
      Character.UnicodeScript script = RustUnicode.scriptOf(c);
      return c == 0x30FC
              || script == Character.UnicodeScript.HIRAGANA
              || script == Character.UnicodeScript.KATAKANA
          ? Character.UnicodeScript.HAN
          : script;
    }
  }

  /** When a Metaspace prepends its character to the text. */
  enum PrependScheme {
    ALWAYS,
    FIRST,
    NEVER
  }

  /** Returns matches of single characters that pass the test. */
  private static Matches singles(AlignedText text, IntPredicate test) {
    Matches spans = new Matches();
    int previous = 0;
    for (int i = 0; i < text.length(); i++) {
      if (test.test(text.codePoint(i))) {
        if (i > previous) {
          spans.add(i, false);
        }
        spans.add(i + 1, true);
        previous = i + 1;
      }
    }
    if (previous < text.length()) {
      spans.add(text.length(), false);
    }
    return spans;
  }
}
