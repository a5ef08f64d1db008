package dev.rapt.generate.constrain;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.decode.TokenDecoder;
import dev.rapt.tokenizer.text.TextPattern;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that each token of a tokenizer adds to a text. Spaces that a decoder removes at the
 * beginning of a text count as bytes, since a continuation is within a text.
 */
final class TokenBytes {
  private final Tokenizer tokenizer;
  private final @Nullable TokenDecoder decoder;

  private TokenBytes(Tokenizer tokenizer, @Nullable TokenDecoder decoder) {
    this.tokenizer = tokenizer;
    this.decoder = decoder;
  }

  /**
   * The bytes of a tokenizer's tokens.
   *
   * @throws IllegalArgumentException if the text of tokens depends on their neighbours
   */
  static TokenBytes of(Tokenizer tokenizer) {
    TokenDecoder decoder = tokenizer.definition().decoder();
    check(decoder);
    return new TokenBytes(tokenizer, decoder);
  }

  private static void check(@Nullable TokenDecoder decoder) {
    switch (decoder) {
      case TokenDecoder.Sequence(List<TokenDecoder> parts) -> parts.forEach(TokenBytes::check);
      case TokenDecoder.Replace(TextPattern.Literal _, String _) -> {}
      case TokenDecoder.ByteLevel _,
          TokenDecoder.ByteFallback _,
          TokenDecoder.Fuse _,
          TokenDecoder.Metaspace _,
          TokenDecoder.SentencePiece _,
          TokenDecoder.Strip _ -> {}
      case null -> throw refusal("none, which joins words with spaces");
      default -> throw refusal(decoder.getClass().getSimpleName());
    }
  }

  private static IllegalArgumentException refusal(String found) {
    return new IllegalArgumentException(
        "tokenizer: must have a decoder of bytes or of SentencePiece for constrained generation,"
            + " got "
            + found);
  }

  /** The bytes of an id; null if it is special or there is no such token. */
  byte @Nullable [] of(int id) {
    String token = tokenizer.idToToken(id).orElse(null);
    return token == null || tokenizer.isSpecial(id) ? null : bytes(token, decoder);
  }

  private static byte @Nullable [] bytes(String token, @Nullable TokenDecoder decoder) {
    return switch (decoder) {
      case TokenDecoder.ByteLevel _ -> TokenDecoder.ByteLevel.bytesOf(token);
      case TokenDecoder.ByteFallback _ -> fallback(token);
      case TokenDecoder.Metaspace metaspace ->
          utf8(token.replace(Character.toString(metaspace.replacement()), " "));
      case TokenDecoder.SentencePiece pieces -> {
        if (pieces.control().contains(token) || token.equals(pieces.unknown())) {
          yield null;
        }
        yield pieces.hasBytes() && TokenDecoder.ByteFallback.byteOf(token) >= 0
            ? fallback(token)
            : utf8(token.replace('\u2581', ' '));
      }
      case TokenDecoder.Sequence(List<TokenDecoder> parts) -> sequence(token, parts);
      case null, default -> utf8(token);
    };
  }

  /** Replacements apply in order; the first decoder that makes bytes ends the text. */
  private static byte @Nullable [] sequence(String token, List<TokenDecoder> parts) {
    String text = token;
    for (TokenDecoder part : parts) {
      switch (part) {
        case TokenDecoder.Replace(TextPattern.Literal literal, String content) ->
            text = text.replace(literal.source(), content);
        case TokenDecoder.ByteFallback _ -> {
          if (TokenDecoder.ByteFallback.byteOf(text) >= 0) {
            return fallback(text);
          }
        }
        case TokenDecoder.ByteLevel _, TokenDecoder.SentencePiece _, TokenDecoder.Sequence _ -> {
          return bytes(text, part);
        }
        case TokenDecoder.Metaspace metaspace ->
            text = text.replace(Character.toString(metaspace.replacement()), " ");
        default -> {}
      }
    }
    return utf8(text);
  }

  private static byte[] fallback(String token) {
    int value = TokenDecoder.ByteFallback.byteOf(token);
    return value >= 0 ? new byte[] {(byte) value} : utf8(token);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
