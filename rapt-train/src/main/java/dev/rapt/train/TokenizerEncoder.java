package dev.rapt.train;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.UnknownCharacters;
import dev.rapt.tokenizer.types.IdBuffer;
import dev.rapt.train.data.TextEncoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.IntConsumer;

/**
 * A tokenizer in the form that the builder of token shards needs.
 *
 * @param tokenizer encodes the text
 * @param fingerprint changes whenever the tokenizer changes
 * @param endOfTextId the token after every document, or {@link TextEncoder#NONE}
 */
public record TokenizerEncoder(Tokenizer tokenizer, String fingerprint, int endOfTextId)
    implements TextEncoder {
  /**
   * Uses the end-of-sequence token of a tokenizer, where it has one, as the end of a document.
   *
   * @param file the tokenizer.json of the tokenizer
   * @throws IOException if the file cannot be read
   */
  public static TokenizerEncoder of(Tokenizer tokenizer, Path file) throws IOException {
    return of(tokenizer, file, tokenizer.eosId().orElse(TextEncoder.NONE));
  }

  /**
   * Uses this token as the end of a document.
   *
   * @param file the tokenizer.json of the tokenizer
   * @throws IOException if the file cannot be read
   */
  public static TokenizerEncoder of(Tokenizer tokenizer, Path file, int endOfTextId)
      throws IOException {
    return new TokenizerEncoder(tokenizer, fingerprint(file), endOfTextId);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the text has characters that a character-level tokenizer
   *     lacks: they would be missing in the loss
   */
  @Override
  public void encode(CharSequence text, IntConsumer sink) {
    UnknownCharacters unknown = UnknownCharacters.of(tokenizer).add(text);
    if (unknown.count() > 0) {
      throw new IllegalArgumentException("text: " + unknown.problem() + "; leave them out");
    }
    IdBuffer ids = new IdBuffer(text.length() / 3 + 1);
    tokenizer.encode(text, ids);
    for (int i = 0; i < ids.size(); i++) {
      sink.accept(ids.get(i));
    }
  }

  @Override
  public int vocabSize() {
    return tokenizer.vocabSize();
  }

  private static String fingerprint(Path file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
