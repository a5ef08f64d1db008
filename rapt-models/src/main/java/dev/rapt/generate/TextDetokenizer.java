package dev.rapt.generate;

import dev.rapt.tokenizer.IncrementalDecoder;
import dev.rapt.tokenizer.Tokenizer;

/** The text of ids by a tokenizer, without special tokens. */
final class TextDetokenizer implements Detokenizer {
  private final IncrementalDecoder decoder;

  private TextDetokenizer(IncrementalDecoder decoder) {
    this.decoder = decoder;
  }

  static Factory of(Tokenizer tokenizer) {
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
