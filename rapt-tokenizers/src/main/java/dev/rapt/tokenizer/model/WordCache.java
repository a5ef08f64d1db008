package dev.rapt.tokenizer.model;

import dev.rapt.tokenizer.bpe.PieceCache;
import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.Utf8;
import dev.rapt.tokenizer.types.IdBuffer;

/**
 * Remembers the tokens of short words for a model. A text without pre-tokenization is divided where
 * the model allows it. Not thread-safe.
 */
public final class WordCache {
  private static final int MAX_BYTES = PieceCache.MAX_LONG;

  private final Model model;
  private final PieceCache cache = new PieceCache();
  private final byte[] key = new byte[MAX_BYTES + PieceCache.PADDING];
  private final Found found = new Found();

  /** Creates an empty cache for a model. */
  public WordCache(Model model) {
    this.model = model;
  }

  /** Passes the tokens of a text to {@code sink}, exactly as the model does. */
  public void tokenize(AlignedText text, Model.TokenSink sink) {
    for (int from = 0; from < text.length(); ) {
      int to = model.nextBoundary(text, from);
      tokenize(text, from, to, sink);
      from = to;
    }
  }

  private void tokenize(AlignedText text, int from, int to, Model.TokenSink sink) {
    found.tokens.clear();
    int length = writeKey(text, from, to);
    if (length < 0) {
      model.tokenize(text.slice(from, to), found);
    } else if (length <= PieceCache.MAX_SHORT) {
      long low = PieceCache.low(key, 0, length);
      long high = PieceCache.high(key, 0, length);
      long hit = cache.find(low, high);
      if (hit == PieceCache.MISS) {
        model.tokenize(text.slice(from, to), found);
        cache.put(low, high, found.tokens, 0);
      } else {
        cache.copy(hit, found.tokens);
      }
    } else {
      long hit = cache.findLong(key, 0, length);
      if (hit == PieceCache.MISS) {
        model.tokenize(text.slice(from, to), found);
        cache.putLong(key, 0, length, found.tokens, 0);
      } else {
        cache.copy(hit, found.tokens);
      }
    }
    found.pass(from, sink);
  }

  /** Writes code points in UTF-8; returns the number of bytes, or -1 if they are too many. */
  private int writeKey(AlignedText text, int from, int to) {
    int length = 0;
    for (int i = from; i < to; i++) {
      if (length > MAX_BYTES - 4) {
        return -1;
      }
      length = Utf8.write(text.codePoint(i), key, length);
    }
    return length;
  }

  /** Tokens as numbers: the id or, of an unknown token, its complement; start; end. */
  private static final class Found implements Model.TokenSink {
    private final IdBuffer tokens = new IdBuffer(64);

    @Override
    public void accept(int id, int start, int end) {
      tokens.add(id);
      tokens.add(start);
      tokens.add(end);
    }

    @Override
    public void acceptUnknown(int id, int start, int end) {
      accept(~id, start, end);
    }

    void pass(int shift, Model.TokenSink sink) {
      int[] numbers = tokens.array();
      for (int i = 0; i < tokens.size(); i += 3) {
        int start = shift + numbers[i + 1];
        int end = shift + numbers[i + 2];
        if (numbers[i] >= 0) {
          sink.accept(numbers[i], start, end);
        } else {
          sink.acceptUnknown(~numbers[i], start, end);
        }
      }
    }
  }
}
