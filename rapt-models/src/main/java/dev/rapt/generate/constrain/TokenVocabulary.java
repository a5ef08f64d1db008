package dev.rapt.generate.constrain;

import dev.rapt.generate.constrain.expression.CharSet;
import dev.rapt.generate.constrain.mask.TokenTrie;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a model as bytes of text, prepared for constraints. Immutable; make one for each
 * tokenizer and share it.
 */
public final class TokenVocabulary {
  private static final int CONTINUATIONS = 64; // bytes 0x80 to 0xBF

  private final byte[][] tokens; // empty for an id that is never text
  private final TokenTrie trie;
  private final CharSet alphabet;

  /**
   * A vocabulary.
   *
   * @param tokens bytes of each id; null for an id that is never text, such as an end token
   */
  public TokenVocabulary(List<byte @Nullable []> tokens) {
    this.tokens = new byte[tokens.size()][];
    for (int id = 0; id < this.tokens.length; id++) {
      byte[] token = tokens.get(id);
      this.tokens[id] = token == null ? new byte[0] : token.clone();
    }
    BitSet bytes = new BitSet(); // bytes that are tokens
    for (byte[] token : this.tokens) {
      if (token.length == 1) {
        bytes.set(token[0] & 0xFF);
      }
    }
    if (bytes.get(0x80, 0x80 + CONTINUATIONS).cardinality() < CONTINUATIONS) {
      // A token that ends within a character may find none that completes it.
      for (int id = 0; id < this.tokens.length; id++) {
        if (!isText(this.tokens[id])) {
          this.tokens[id] = new byte[0];
        }
      }
      bytes.clear(0x80, 0x100);
    }
    alphabet = alphabet(this.tokens, bytes);
    trie = new TokenTrie(this.tokens);
  }

  /**
   * The vocabulary of a tokenizer. Special tokens are no text.
   *
   * @throws IllegalArgumentException if the text of its tokens depends on their neighbours, as with
   *     WordPiece
   */
  public static TokenVocabulary of(Tokenizer tokenizer) {
    try {
      return new TokenVocabulary(tokenizer.tokenBytes());
    } catch (IllegalStateException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static boolean isText(byte[] token) {
    return Arrays.equals(
        token, new String(token, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8));
  }

  /** The characters that tokens can write whatever is around them. */
  private static CharSet alphabet(byte[][] tokens, BitSet bytes) {
    int[] single =
        Arrays.stream(tokens)
            .filter(TokenVocabulary::isText)
            .map(token -> new String(token, StandardCharsets.UTF_8))
            .filter(text -> text.codePoints().count() == 1)
            .mapToInt(text -> text.codePointAt(0))
            .toArray();
    CharSet alphabet = CharSet.of(single);
    int[] firstOfLength = {0xC2, 0xE0, 0xF0, 0xF5};
    for (int lead = bytes.nextSetBit(0xC2);
        lead >= 0 && lead < 0xF5;
        lead = bytes.nextSetBit(lead + 1)) {
      int length = lead < firstOfLength[1] ? 2 : lead < firstOfLength[2] ? 3 : 4;
      int shift = 6 * (length - 1);
      int first = (lead & (0x7F >> length)) << shift;
      int least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
      alphabet =
          alphabet.or(
              CharSet.range(Math.max(first, least), Math.min(first + (1 << shift) - 1, 0x10FFFF)));
    }
    return alphabet;
  }

  /** Number of ids. */
  public int numIds() {
    return tokens.length;
  }

  /** The bytes of a token; empty if it is never text. */
  byte[] bytes(int token) {
    return token < tokens.length ? tokens[token] : new byte[0];
  }

  /** The characters that tokens can write. */
  CharSet alphabet() {
    return alphabet;
  }

  TokenTrie trie() {
    return trie;
  }
}
