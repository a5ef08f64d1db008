package dev.rapt.tokenizer.model;

import dev.rapt.tokenizer.text.AlignedText;
import org.jspecify.annotations.Nullable;

/** The model of a tokenizer: maps one piece of text to tokens. */
public sealed interface Model permits VocabularyModel, UnigramModel, PieceModel {

  /** Passes the tokens of a piece, in order, to {@code sink}. */
  void tokenize(AlignedText piece, TokenSink sink);

  /**
   * Returns the next place after {@code from} where a piece can be divided without a change to its
   * tokens; its length if there is none.
   */
  default int nextBoundary(AlignedText piece, int from) {
    return piece.length();
  }

  /** Returns the id of a token, or -1. */
  int idOf(String token);

  /** Returns the token of an id, or null. */
  @Nullable String tokenOf(int id);

  /** Returns the number of tokens. */
  int vocabSize();

  /** Returns the largest id plus one. */
  int idLimit();

  /** Receives tokens. */
  interface TokenSink {
    /** Accepts a token that covers the code points {@code [start, end)} of the piece. */
    void accept(int id, int start, int end);

    /** Accepts an unknown token; its text is that part of the piece. */
    default void acceptUnknown(int id, int start, int end) {
      accept(id, start, end);
    }
  }
}
