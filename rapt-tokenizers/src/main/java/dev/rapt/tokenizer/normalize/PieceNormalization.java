package dev.rapt.tokenizer.normalize;

import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.CodePointTrie;
import dev.rapt.tokenizer.text.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The normalisation of the SentencePiece library (normalizer.cc). At each place the longest
 * user-defined piece is kept as it is; otherwise the longest rule of the character map applies.
 * Spaces are removed and marked as the flags say. Immutable.
 */
public final class PieceNormalization {
  private static final int MARK = 0x2581;

  /**
   * The flags of a model.
   *
   * @param addsDummyPrefix a space is added before the text
   * @param removesExtraSpaces spaces at both ends, and all but one of several, are removed
   * @param marksSpaces spaces become U+2581
   * @param spaceIsSuffix the space of {@code addsDummyPrefix} is added after the text
   */
  public record Flags(
      boolean addsDummyPrefix,
      boolean removesExtraSpaces,
      boolean marksSpaces,
      boolean spaceIsSuffix) {}

  private final Flags flags;
  private final @Nullable CharsMap charsMap;
  private final List<String> userDefined;
  private final CodePointTrie userDefinedTrie = new CodePointTrie();

  /**
   * @param charsMap rules that replace characters; null for none
   * @param userDefined pieces that no rule changes
   */
  public PieceNormalization(Flags flags, @Nullable CharsMap charsMap, List<String> userDefined) {
    this.flags = flags;
    this.charsMap = charsMap;
    this.userDefined = List.copyOf(userDefined);
    userDefined.forEach(piece -> userDefinedTrie.put(piece, 0));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PieceNormalization that
        && flags.equals(that.flags)
        && java.util.Objects.equals(charsMap, that.charsMap)
        && userDefined.equals(that.userDefined);
  }

  @Override
  public int hashCode() {
    return java.util.Objects.hash(flags, charsMap, userDefined);
  }

  AlignedText apply(AlignedText text) {
    Source source = new Source(text);
    if (flags.removesExtraSpaces()) {
      while (source.read() && source.isOneSpace()) {
        source.skip();
      }
    }
    if (!source.read()) {
      return text.slice(0, 0);
    }
    Result result = new Result(text.length() + 1);
    int space = flags.marksSpaces() ? MARK : ' ';
    if (flags.addsDummyPrefix() && !flags.spaceIsSuffix()) {
      result.add(space, source.at);
    }
    boolean afterSpace = flags.removesExtraSpaces();
    while (source.read()) {
      int first = 0;
      while (afterSpace && first < source.count && source.chunk[first] == ' ') {
        first++;
      }
      for (int i = first; i < source.count; i++) {
        result.add(source.chunk[i] == ' ' ? space : source.chunk[i], source.at);
      }
      if (first < source.count) {
        afterSpace = flags.removesExtraSpaces() && source.chunk[source.count - 1] == ' ';
      }
      source.skip();
    }
    int end = source.at;
    if (flags.removesExtraSpaces()) {
      while (result.size > 0 && result.codePoints[result.size - 1] == space) {
        end = result.sources[--result.size];
      }
    }
    if (flags.addsDummyPrefix() && flags.spaceIsSuffix()) {
      result.add(space, end);
    }
    return result.alignedWith(text, end);
  }

  /** Reads a text in chunks: a user-defined piece, the replacement by a rule, or a character. */
  private final class Source {
    private final AlignedText text;
    private final byte[] utf8;
    private int at; // code point at which the chunk begins
    private int byteAt;
    private int length; // code points of the text that the chunk stands for; 0 before read
    private int[] chunk = new int[16];
    private int count;

    Source(AlignedText text) {
      this.text = text;
      utf8 = charsMap == null ? new byte[0] : text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Reads the chunk at {@code at} unless it has been read; returns false at the end. */
    boolean read() {
      if (length > 0 || at == text.length()) {
        return length > 0;
      }
      int kept = userDefinedTrie.longestAt(text, at);
      CharsMap.Match match = kept > 0 || charsMap == null ? null : charsMap.longest(utf8, byteAt);
      if (match == null) {
        length = Math.max(1, kept);
        resize(length);
        for (int i = 0; i < length; i++) {
          chunk[i] = text.codePoint(at + i);
        }
        return true;
      }
      for (int i = byteAt; i < match.end(); i++) {
        length += (utf8[i] & 0xC0) != 0x80 ? 1 : 0;
      }
      int[] points = match.replacement().codePoints().toArray();
      resize(points.length);
      System.arraycopy(points, 0, chunk, 0, count);
      return true;
    }

    private void resize(int size) {
      count = size;
      if (chunk.length < size) {
        chunk = new int[size * 2];
      }
    }

    boolean isOneSpace() {
      return count == 1 && chunk[0] == ' ';
    }

    void skip() {
      for (int i = 0; i < length; i++) {
        byteAt += Utf8.length(text.codePoint(at++));
      }
      length = 0;
    }
  }

  /** Code points, each with the place in the text of the chunk it belongs to. */
  private static final class Result {
    private int[] codePoints;
    private int[] sources;
    private int size;

    Result(int capacity) {
      codePoints = new int[capacity];
      sources = new int[capacity];
    }

    void add(int codePoint, int source) {
      if (size == codePoints.length) {
        codePoints = Arrays.copyOf(codePoints, size * 2);
        sources = Arrays.copyOf(sources, size * 2);
      }
      codePoints[size] = codePoint;
      sources[size++] = source;
    }

    /** A code point ends where the next one starts, as in the library. */
    AlignedText alignedWith(AlignedText text, int end) {
      int[] ends = new int[size];
      int next = original(text, end);
      for (int i = size - 1; i >= 0; i--) {
        ends[i] = next;
        sources[i] = original(text, sources[i]);
        next = sources[i];
      }
      return AlignedText.of(codePoints, sources, ends, size);
    }

    private static int original(AlignedText text, int at) {
      return at < text.length() ? text.originalStart(at) : text.originalEnd(text.length() - 1);
    }
  }
}
