package dev.rapt.tokenizer;

import dev.rapt.tokenizer.added.AddedTokenMatcher;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.model.BpeModel;
import dev.rapt.tokenizer.text.Utf8;
import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.IdBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Encodes text where every character is a token: a table look-up. Immutable. */
final class CharEncoder {
  private final int[] ids; // of each code point, -1 for none
  private final AddedTokenMatcher addedTokens;

  private CharEncoder(int[] ids, AddedTokenMatcher addedTokens) {
    this.ids = ids;
    this.addedTokens = addedTokens;
  }

  /** Returns the encoder of a tokenizer, or null unless it is a plain table of characters. */
  static @Nullable CharEncoder of(
      TokenizerDefinition definition,
      AddedTokenMatcher rawTokens,
      AddedTokenMatcher normalizedTokens) {
    if (!(definition.model() instanceof BpeModel model)
        || model.numMerges() > 0
        || !withoutUnknown(model.options())
        || definition.normalizer() != null
        || definition.preTokenizer() != null
        || !normalizedTokens.isEmpty()) {
      return null;
    }
    int max = -1;
    for (String token : model.vocabulary().asMap().keySet()) {
      max = isCharacter(token) ? Math.max(max, token.codePointAt(0)) : max;
    }
    int[] ids = new int[max + 1];
    Arrays.fill(ids, -1);
    model
        .vocabulary()
        .asMap()
        .forEach((token, id) -> {
          if (isCharacter(token)) {
            ids[token.codePointAt(0)] = id;
          }
        });
    return new CharEncoder(ids, rawTokens);
  }

  private static boolean withoutUnknown(BpeModel.Options options) {
    return options.equals(BpeModel.Options.byteLevel());
  }

  private static boolean isCharacter(String token) {
    return !token.isEmpty() && token.codePointCount(0, token.length()) == 1;
  }

  /** Appends the ids of UTF-8 text; characters without an id are dropped. */
  void encode(byte[] utf8, int from, int to, IdBuffer out) {
    addedTokens.find(
        utf8,
        from,
        to,
        new AddedTokenMatcher.Sink() {
          @Override
          public void text(int start, int end) {
            encodeText(utf8, start, end, out);
          }

          @Override
          public void token(AddedToken token, int start, int end) {
            out.add(token.id());
          }
        });
  }

  private void encodeText(byte[] s, int from, int to, IdBuffer out) {
    for (int at = from; at < to; ) {
      int read = Utf8.read(s, at, to);
      int codePoint = read >>> 3;
      if (codePoint < ids.length && ids[codePoint] >= 0) {
        out.add(ids[codePoint]);
      }
      at += read & 7;
    }
  }
}
