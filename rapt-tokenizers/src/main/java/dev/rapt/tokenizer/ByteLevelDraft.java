package dev.rapt.tokenizer;

import dev.rapt.tokenizer.added.AddedTokenMatcher;
import dev.rapt.tokenizer.bpe.ByteBpe;
import dev.rapt.tokenizer.model.BpeModel;
import dev.rapt.tokenizer.postprocess.Draft;
import dev.rapt.tokenizer.postprocess.TokenSpaces;
import dev.rapt.tokenizer.pretokenize.SplitScanner;
import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.IdBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Collects the tokens of one text for byte-level BPE, with offsets: a token covers the characters
 * that any of its bytes belong to. Used once.
 */
final class ByteLevelDraft {
  private static final int USUAL_BYTES = 4; // of a token

  private final ByteBpe bpe;
  private final BpeModel model;
  private final TokenSpaces spaces;
  private final SplitScanner scanner;
  private final ByteBpe.State state;
  private final byte[] text;
  private final boolean isAscii;
  private final int typeId;
  private final int limit;
  private final Draft draft;
  private final IdBuffer ids = new IdBuffer(64);
  private int numWords;
  private boolean isFull;
  private int counted; // bytes before this one
  private int points; // and the characters that begin in them

  /**
   * @param text UTF-8
   * @param isAscii whether every byte is a character
   * @param typeId 0 for the first text, 1 for the second
   * @param limit number of tokens at which the text may end, after a word
   */
  ByteLevelDraft(
      ByteBpe bpe,
      BpeModel model,
      TokenSpaces spaces,
      SplitScanner scanner,
      ByteBpe.State state,
      byte[] text,
      boolean isAscii,
      int typeId,
      int limit) {
    this.bpe = bpe;
    this.model = model;
    this.spaces = spaces;
    this.scanner = scanner;
    this.state = state;
    this.text = text;
    this.isAscii = isAscii;
    this.typeId = typeId;
    this.limit = limit;
    draft = new Draft(text.length / USUAL_BYTES + 16);
  }

  Draft draft() {
    return draft;
  }

  /** Adds the tokens of the text between two matchers' tokens. */
  void addText(int from, int to, AddedTokenMatcher matcher, boolean addsPrefixSpace) {
    matcher.find(
        text,
        from,
        to,
        new AddedTokenMatcher.Sink() {
          @Override
          public void text(int start, int end) {
            addWords(start, end, addsPrefixSpace);
          }

          @Override
          public void token(AddedToken token, int start, int end) {
            addToken(token, start, end);
          }
        });
  }

  /** Adds an added token. */
  void addToken(AddedToken token, int from, int to) {
    if (isFull) {
      return;
    }
    int start = pointsBefore(from);
    String content = new String(text, from, to - from, StandardCharsets.UTF_8);
    draft.add(token.id(), content, typeId, start, pointsBefore(to), numWords++);
  }

  private void addWords(int from, int to, boolean addsPrefixSpace) {
    if (isFull || from == to) {
      return;
    }
    pointsBefore(from);
    if (!addsPrefixSpace || text[from] == ' ') {
      addWords(text, from, to, 0);
      counted = to;
      return;
    }
    byte[] prefixed = new byte[to - from + 1];
    prefixed[0] = ' ';
    System.arraycopy(text, from, prefixed, 1, to - from);
    addWords(prefixed, 0, prefixed.length, 1);
    counted = to;
  }

  /** Adds the words of {@code s[from, to)}, of which the first {@code madeUp} bytes are no text. */
  private void addWords(byte[] s, int from, int to, int madeUp) {
    int textFrom = from + madeUp;
    for (int at = from; at < to && !isFull; ) {
      int end = scanner.next(s, at, to);
      ids.clear();
      bpe.encode(s, at, end, state, ids);
      for (int i = 0; i < ids.size(); i++) {
        int id = ids.get(i);
        at = addToken(s, id, at, textFrom);
      }
      numWords++;
      isFull = draft.size() >= limit;
    }
  }

  /** Adds the token at {@code at}; returns its end. */
  private int addToken(byte[] s, int id, int at, int textFrom) {
    int end = at + bpe.length(id);
    int start = points;
    if (isAscii) {
      points += end - Math.max(at, textFrom);
    } else {
      start -= at >= textFrom && isContinuation(s[at]) ? 1 : 0;
      for (int i = Math.max(at, textFrom); i < end; i++) {
        points += isContinuation(s[i]) ? 0 : 1;
      }
    }
    String token = model.tokenOf(id);
    draft.add(
        id,
        token == null ? "" : token,
        typeId,
        start,
        Math.max(points, start + 1),
        numWords,
        spaces.of(id));
    return end;
  }

  /** Returns the number of characters that begin before a byte. */
  private int pointsBefore(int to) {
    for (; counted < to; counted++) {
      points += isContinuation(text[counted]) ? 0 : 1;
    }
    while (counted > to) { // white space that two added tokens strip
      points -= isContinuation(text[--counted]) ? 0 : 1;
    }
    return points;
  }

  private static boolean isContinuation(byte b) {
    return (b & 0xC0) == 0x80;
  }
}
