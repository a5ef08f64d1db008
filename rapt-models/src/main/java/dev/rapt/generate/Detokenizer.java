package dev.rapt.generate;

import dev.rapt.tokenizer.Tokenizer;

/** Turns the ids of one sequence into text as they come. */
public interface Detokenizer {
  /** The text that this id completes; may be empty, as within a character of several bytes. */
  String append(int token);

  /** What is left when the sequence ends. */
  String finish();

  /** Makes a detokenizer for each sequence. */
  @FunctionalInterface
  interface Factory {
    /** A detokenizer at the beginning of a continuation. */
    Detokenizer open();

    /** The text by a tokenizer, without special tokens. */
    static Factory of(Tokenizer tokenizer) {
      return TextDetokenizer.of(tokenizer);
    }
  }
}
