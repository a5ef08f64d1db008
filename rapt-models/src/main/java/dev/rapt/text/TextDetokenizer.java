package dev.rapt.text;

import dev.rapt.generate.search.Detokenizer;
import dev.rapt.tokenizer.IncrementalDecoder;
import dev.rapt.tokenizer.Tokenizer;

/** Decodes generated ids with a tokenizer, without special tokens. */
public final class TextDetokenizer implements Detokenizer {
  private final IncrementalDecoder decoder;

  private TextDetokenizer(IncrementalDecoder decoder) {
    this.decoder = decoder;
  }

  /** Detokenizers for sequences of this tokenizer's ids. */
  public static Factory of(Tokenizer tokenizer) {
    return () -> new TextDetokenizer(tokenizer.incrementalDecoder(true));
  }

  @Override
  public String append(int token) {
    return decoder.next(token);
  }

  @Override
  public String finish() {
    return decoder.finish();
  }
}
