package dev.rapt.text;

import dev.rapt.generate.search.Detokenizer;
import dev.rapt.tokenizer.IncrementalDecoder;
import dev.rapt.tokenizer.Tokenizer;

/**
 * Decodes generated ids with a tokenizer, without special tokens: the text of prompt and
 * continuation together, without what it has in common with the text of the prompt. The
 * continuation alone would lose the space before its first word where the decoder strips the text.
 */
public final class TextDetokenizer implements Detokenizer {
  private final IncrementalDecoder decoder;

  private String prompt; // text of the prompt that the decoder has not returned yet

  private TextDetokenizer(Tokenizer tokenizer, int[] promptIds) {
    decoder = tokenizer.incrementalDecoder(true);
    int returned = 0;
    for (int id : promptIds) {
      returned += decoder.next(id).length();
    }
    prompt = tokenizer.decode(promptIds, true).substring(returned);
  }

  /** Detokenizers for sequences of this tokenizer's ids. */
  public static Factory of(Tokenizer tokenizer) {
    return promptIds -> new TextDetokenizer(tokenizer, promptIds);
  }

  @Override
  public String append(int token) {
    return withoutPrompt(decoder.next(token));
  }

  @Override
  public String finish() {
    return withoutPrompt(decoder.finish());
  }

  private String withoutPrompt(String text) {
    int common = 0;
    while (common < prompt.length() && common < text.length()) {
      int next = text.codePointAt(common);
      if (next != prompt.codePointAt(common)) {
        prompt = "";
        return text.substring(common);
      }
      common += Character.charCount(next);
    }
    prompt = prompt.substring(common);
    return text.substring(common);
  }
}
