package dev.rapt.tokenizer.text;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A pattern of tokenizer.json: a literal string or a regular expression (Oniguruma syntax). */
public sealed interface TextPattern {

  /** Returns the spans of all matches in {@code text} and of the gaps between them. */
  Matches find(AlignedText text);

  /** Returns the pattern as written in tokenizer.json. */
  String source();

  /** A literal string; no character has a special meaning. */
  record Literal(String source) implements TextPattern {
    @Override
    public Matches find(AlignedText text) {
      int[] wanted = source.codePoints().toArray();
      Matches spans = new Matches();
      int previous = 0;
      int i = 0;
      while (wanted.length > 0 && i + wanted.length <= text.length()) {
        int k = 0;
        while (k < wanted.length && text.codePoint(i + k) == wanted[k]) {
          k++;
        }
        if (k < wanted.length) {
          i++;
          continue;
        }
        if (i > previous) {
          spans.add(i, false);
        }
        i += wanted.length;
        spans.add(i, true);
        previous = i;
      }
      if (previous < text.length()) {
        spans.add(text.length(), false);
      }
      return spans;
    }
  }

  /** A regular expression. */
  final class Regex implements TextPattern {
    private final String source;
    private final Pattern pattern;

    /**
     * @throws IllegalArgumentException if the expression is not valid
     */
    public Regex(String source) {
      this.source = source;
      this.pattern = OnigurumaSyntax.compile(source);
    }

    @Override
    public String source() {
      return source;
    }

    @Override
    public Matches find(AlignedText text) {
      String string = text.toString();
      boolean plain = string.length() == text.length(); // no surrogate pairs
      Matches spans = new Matches();
      Matcher matcher = pattern.matcher(string);
      int previousChar = 0;
      int previous = 0;
      while (next(matcher, text)) {
        int start = matcher.start();
        int end = matcher.end();
        int startPoint = plain ? start : previous + string.codePointCount(previousChar, start);
        int endPoint = plain ? end : startPoint + string.codePointCount(start, end);
        if (startPoint > previous) {
          spans.add(startPoint, false);
        }
        if (endPoint > startPoint) {
          spans.add(endPoint, true);
        }
        previousChar = end;
        previous = endPoint;
      }
      if (previous < text.length()) {
        spans.add(text.length(), false);
      }
      return spans;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Regex regex && regex.source.equals(source);
    }

    @Override
    public int hashCode() {
      return source.hashCode();
    }

    /** Finds the next match. Java's matcher recurses for each repetition of some groups. */
    private boolean next(Matcher matcher, AlignedText text) {
      try {
        return matcher.find();
      } catch (StackOverflowError e) {
        throw new IllegalArgumentException(
            "regular expression "
                + source
                + ": must not recurse for every character, got a text of "
                + text.length()
                + " characters; split the text",
            e);
      }
    }
  }
}
