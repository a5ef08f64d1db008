package dev.rapt.tokenizer.added;

import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.CharClass;
import dev.rapt.tokenizer.text.Utf8;
import dev.rapt.tokenizer.types.AddedToken;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds added tokens in UTF-8, leftmost longest match first. Immutable. */
public final class AddedTokenMatcher {
  private final boolean[] firstBytes = new boolean[256];
  private final List<Map<Byte, Integer>> nodes = new ArrayList<>();
  private final List<@Nullable AddedToken> ends = new ArrayList<>();

  /** Receives added tokens and the text between them. */
  public interface Sink {
    /** Text without added tokens. */
    void text(int from, int to);

    /** An added token, with the white space it strips. */
    void token(AddedToken token, int from, int to);
  }

  /**
   * @param patterns the string to find for each token; empty strings never match
   */
  public AddedTokenMatcher(Map<AddedToken, String> patterns) {
    addNode();
    patterns.forEach((token, pattern) -> {
      byte[] bytes = pattern.getBytes(StandardCharsets.UTF_8);
      int node = 0;
      for (byte b : bytes) {
        Integer child = nodes.get(node).get(b);
        if (child == null) {
          child = nodes.size();
          nodes.get(node).put(b, child);
          addNode();
        }
        node = child;
      }
      if (node > 0 && ends.get(node) == null) { // the first of tokens with equal strings
        firstBytes[bytes[0] & 0xFF] = true;
        ends.set(node, token);
      }
    });
  }

  private void addNode() {
    nodes.add(new HashMap<>(2));
    ends.add(null);
  }

  /** Returns whether there are no tokens to find. */
  public boolean isEmpty() {
    return nodes.size() == 1;
  }

  /** Returns whether a text has a character that a token begins with. */
  public boolean mayFind(AlignedText text) {
    for (int i = 0; i < text.length() && !isEmpty(); i++) {
      if (firstBytes[Utf8.firstByte(text.codePoint(i))]) {
        return true;
      }
    }
    return false;
  }

  /**
   * Splits {@code s[from, to)} into added tokens and the non-empty texts between them. A
   * white-space token inside the white space that the previous token strips ({@code rstrip}) still
   * counts and keeps its own start, unless it has {@code lstrip} itself: then it is dropped.
   */
  public void find(byte[] s, int from, int to, Sink sink) {
    int done = from;
    int at = from;
    while (at < to && !isEmpty()) {
      if (!firstBytes[s[at] & 0xFF]) {
        at++;
        continue;
      }
      int end = at;
      AddedToken found = null;
      int node = 0;
      for (int i = at; i < to; i++) {
        Integer child = nodes.get(node).get(s[i]);
        if (child == null) {
          break;
        }
        node = child;
        AddedToken token = ends.get(node);
        if (token != null) {
          found = token;
          end = i + 1;
        }
      }
      if (found == null) {
        at++;
        continue;
      }
      int matchEnd = end;
      if (found.singleWord() && touchesWord(s, at, end, from, to)) {
        at = matchEnd;
        continue;
      }
      int start = at;
      while (found.lstrip() && start > done && isSpaceAt(s, Utf8.before(s, start, done), to)) {
        start = Utf8.before(s, start, done);
      }
      if (found.lstrip()) {
        start = Math.max(start, done); // a white-space token may lie in space already stripped
      }
      while (found.rstrip() && end < to && isSpaceAt(s, end, to)) {
        end += CharClass.read(s, end, to) >> 8;
      }
      if (start > done) {
        sink.text(done, start);
      }
      if (start < end) {
        sink.token(found, start, end);
        done = end;
      }
      at = matchEnd;
    }
    if (done < to) {
      sink.text(done, to);
    }
  }

  private static boolean touchesWord(byte[] s, int start, int end, int from, int to) {
    boolean before = start > from && isWordAt(s, Utf8.before(s, start, from), to);
    return before || (end < to && isWordAt(s, end, to));
  }

  private static boolean isWordAt(byte[] s, int at, int to) {
    return CharClass.isWord(Utf8.read(s, at, to) >>> 3);
  }

  private static boolean isSpaceAt(byte[] s, int at, int to) {
    return (CharClass.read(s, at, to) & CharClass.SPACE) != 0;
  }
}
