package dev.rapt.tokenizer.normalize;

import dev.rapt.tokenizer.pretokenize.PreTokenizer;
import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.CharClass;
import dev.rapt.tokenizer.text.RustUnicode;
import dev.rapt.tokenizer.text.TextPattern;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The normaliser of a tokenizer: changes text before it is split into words. */
public sealed interface Normalizer {

  /** Returns the normalised text, aligned with the original. */
  AlignedText apply(AlignedText text);

  /** Applies several normalisers in order. */
  record Sequence(List<Normalizer> parts) implements Normalizer {
    public Sequence {
      parts = List.copyOf(parts);
    }

    @Override
    public AlignedText apply(AlignedText text) {
      for (Normalizer part : parts) {
        text = part.apply(text);
      }
      return text;
    }
  }

  /** A Unicode normalisation form. */
  record Unicode(UnicodeForm form) implements Normalizer {
    @Override
    public AlignedText apply(AlignedText text) {
      return form.apply(text);
    }
  }

  /** Lower case of each character, independent of its context. */
  record Lowercase() implements Normalizer {
    @Override
    public AlignedText apply(AlignedText text) {
      AlignedText.Edits edits = new AlignedText.Edits(text.length());
      for (int i = 0; i < text.length(); i++) {
        int c = text.codePoint(i);
        if (c == 0x130) { // the only character that becomes two
          edits.add('i', 0);
          edits.add(0x307, 1);
        } else {
          edits.add(RustUnicode.toLowerCase(c), 0);
        }
      }
      return text.edit(edits, 0);
    }
  }

  /** Removes white space at the ends. */
  record Strip(boolean left, boolean right) implements Normalizer {
    @Override
    public AlignedText apply(AlignedText text) {
      int from = 0;
      int to = text.length();
      while (left && from < to && CharClass.isWhitespace(text.codePoint(from))) {
        from++;
      }
      while (right && to > from && CharClass.isWhitespace(text.codePoint(to - 1))) {
        to--;
      }
      return text.slice(from, to);
    }
  }

  /** Removes combining marks. */
  record StripAccents() implements Normalizer {
    @Override
    public AlignedText apply(AlignedText text) {
      return text.filter(c -> !RustUnicode.isMark(c));
    }
  }

  /** Prepends a string to text that is not empty. */
  record Prepend(String prefix) implements Normalizer {
    @Override
    public AlignedText apply(AlignedText text) {
      return text.prepend(prefix);
    }
  }

  /** Replaces every match of a pattern. */
  record Replace(TextPattern pattern, String content) implements Normalizer {
    @Override
    public AlignedText apply(AlignedText text) {
      if (pattern instanceof TextPattern.Literal literal
          && isCharacter(literal.source())
          && isCharacter(content)) {
        return text.replace(literal.source().codePointAt(0), content.codePointAt(0));
      }
      return text.replace(pattern.find(text), content);
    }

    private static boolean isCharacter(String string) {
      return !string.isEmpty() && string.codePointCount(0, string.length()) == 1;
    }
  }

  /** Maps UTF-8 bytes to printable characters, see {@link dev.rapt.tokenizer.text.ByteAlphabet}. */
  record ByteLevel() implements Normalizer {
    @Override
    public AlignedText apply(AlignedText text) {
      return PreTokenizer.ByteLevel.toByteAlphabet(text);
    }
  }

  /**
   * Removes control characters and some invisible ones, and replaces all white space by spaces, as
   * neural machine translation (NMT) systems do.
   */
  record Nmt() implements Normalizer {
    @Override
    public AlignedText apply(AlignedText text) {
      AlignedText kept = text.filter(c -> !isDropped(c));
      AlignedText.Edits edits = new AlignedText.Edits(kept.length());
      for (int i = 0; i < kept.length(); i++) {
        edits.add(isSpace(kept.codePoint(i)) ? ' ' : kept.codePoint(i), 0);
      }
      return kept.edit(edits, 0);
    }

    private static boolean isDropped(int c) {
      return (c >= 0x01 && c <= 0x08)
          || c == 0x0B
          || (c >= 0x0E && c <= 0x1F)
          || c == 0x7F
          || c == 0x8F
          || c == 0x9F;
    }

    private static boolean isSpace(int c) {
      return switch (c) {
        case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD -> true;
        default -> c >= 0x200B && c <= 0x200F;
      };
    }
  }

  /**
   * The normalisation of BERT.
   *
   * @param cleanText remove control characters and replace white space by spaces
   * @param handleChineseChars put spaces around CJK ideographs
   * @param stripAccents remove non-spacing marks after NFD; null for the value of {@code lowercase}
   */
  record Bert(
      boolean cleanText,
      boolean handleChineseChars,
      @Nullable Boolean stripAccents,
      boolean lowercase)
      implements Normalizer {
    @Override
    public AlignedText apply(AlignedText text) {
      if (cleanText) {
        text = clean(text);
      }
      if (handleChineseChars) {
        text = spaceIdeographs(text);
      }
      if (stripAccents == null ? lowercase : stripAccents) {
        text = UnicodeForm.NFD.apply(text).filter(c -> !RustUnicode.isNonSpacingMark(c));
      }
      return lowercase ? new Lowercase().apply(text) : text;
    }

    private static AlignedText clean(AlignedText text) {
      AlignedText kept = text.filter(c -> c != 0 && c != 0xFFFD && !isControl(c));
      AlignedText.Edits edits = new AlignedText.Edits(kept.length());
      for (int i = 0; i < kept.length(); i++) {
        edits.add(CharClass.isWhitespace(kept.codePoint(i)) ? ' ' : kept.codePoint(i), 0);
      }
      return kept.edit(edits, 0);
    }

    private static boolean isControl(int c) {
      return c != '\t' && c != '\n' && c != '\r' && RustUnicode.isControl(c);
    }

    private static AlignedText spaceIdeographs(AlignedText text) {
      AlignedText.Edits edits = new AlignedText.Edits(text.length());
      for (int i = 0; i < text.length(); i++) {
        int c = text.codePoint(i);
        if (isIdeograph(c)) {
          edits.add(' ', 0);
          edits.add(c, 1);
          edits.add(' ', 1);
        } else {
          edits.add(c, 0);
        }
      }
      return text.edit(edits, 0);
    }

    private static boolean isIdeograph(int c) {
      return (c >= 0x4E00 && c <= 0x9FFF)
          || (c >= 0x3400 && c <= 0x4DBF)
          || (c >= 0x20000 && c <= 0x2A6DF)
          || (c >= 0x2A700 && c <= 0x2B73F)
          || (c >= 0x2B740 && c <= 0x2B81F)
          || (c >= 0x2B920 && c <= 0x2CEAF)
          || (c >= 0xF900 && c <= 0xFAFF)
          || (c >= 0x2F800 && c <= 0x2FA1F);
    }
  }

  /** SentencePiece's precompiled character map, applied as Hugging Face tokenizers does. */
  record Precompiled(CharsMap charsMap) implements Normalizer {
    @Override
    public AlignedText apply(AlignedText text) {
      return charsMap.apply(text);
    }
  }

  /** The normalisation of the SentencePiece library. */
  record SentencePiece(PieceNormalization steps) implements Normalizer {
    @Override
    public AlignedText apply(AlignedText text) {
      return steps.apply(text);
    }
  }
}
