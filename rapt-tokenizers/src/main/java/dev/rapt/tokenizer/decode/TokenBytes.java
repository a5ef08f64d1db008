package dev.rapt.tokenizer.decode;

import dev.rapt.tokenizer.text.TextPattern;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that each token adds to a text. Spaces that a decoder removes at the beginning of a
 * text count as bytes.
 */
public final class TokenBytes {
  private final @Nullable TokenDecoder decoder;

  /**
   * The bytes of a decoder's tokens.
   *
   * @throws IllegalStateException if the text of a token depends on its neighbours
   */
  public TokenBytes(@Nullable TokenDecoder decoder) {
    check(decoder);
    this.decoder = decoder;
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

  private static IllegalStateException refusal(String found) {
    return new IllegalStateException(
        "tokenizer: must have a decoder of bytes or of SentencePiece, which gives each token bytes"
            + " of its own, got "
            + found);
  }

  /** The bytes of a token; null if it is never text. */
  public byte @Nullable [] of(String token) {
    return bytes(token, decoder);
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
