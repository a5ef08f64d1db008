package dev.rapt.tokenizer.model;

import dev.rapt.tokenizer.text.AlignedText;
import org.jspecify.annotations.Nullable;

/** Turns one piece of text into token ids. */
public sealed interface Model permits VocabularyModel, UnigramModel {

  /** Gives the tokens of a piece, in order, to {@code sink}. */
  void tokenize(AlignedText piece, TokenSink sink);

  /** The id of a token, or -1. */
  int idOf(String token);

  /** The token of an id, or null. */
  @Nullable String tokenOf(int id);

  /** Number of tokens. */
  int vocabSize();

  /** One more than the largest id. */
  int idLimit();

  /** Takes tokens. */
  interface TokenSink {
    /** A token and the code points {@code [start, end)} of the piece it covers. */
    void accept(int id, int start, int end);

    /** The same for text that is unknown: the token's text is what stands in the piece. */
    default void acceptUnknown(int id, int start, int end) {
      accept(id, start, end);
    }
  }
}
