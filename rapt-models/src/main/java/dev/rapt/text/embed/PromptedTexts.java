package dev.rapt.text.embed;

import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.types.Truncation;
import java.util.List;

/**
 * Encodes texts behind a prompt, as an embedder reads them.
 *
 * @param tokenizer the tokenizer
 * @param truncation how long texts are cut
 */
public record PromptedTexts(Tokenizer tokenizer, Truncation truncation) {
  /**
   * Encodes texts.
   *
   * @param prompt put before each text; empty for none
   */
  public List<Encoding> encode(List<String> texts, String prompt) {
    return tokenizer.encodeBatch(
        texts.stream().map(prompt::concat).toList(),
        EncodeOptions.DEFAULT.withTruncation(truncation));
  }

  /** Returns the number of tokens of a prompt alone, without a special token at its end. */
  public int promptTokens(String prompt) {
    if (prompt.isEmpty()) {
      return 0;
    }
    Encoding encoded = encode(List.of(prompt), "").getFirst();
    int last = encoded.size() - 1;
    boolean endsSpecial =
        last >= 0 && tokenizer.tokenNames().containsValue(encoded.tokens().get(last));
    return endsSpecial ? last : encoded.size();
  }
}
