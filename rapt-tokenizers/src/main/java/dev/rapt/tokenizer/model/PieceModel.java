package dev.rapt.tokenizer.model;

import org.jspecify.annotations.Nullable;

/**
 * A model that finds the pieces of normalised text exactly as the SentencePiece library does, which
 * differs from Hugging Face tokenizers in sums, ties and user-defined pieces.
 */
public sealed interface PieceModel extends Model permits PieceBpe, PieceUnigram, PieceWords {

  /** Returns the pieces and their ids. */
  PieceTable table();

  @Override
  default int idOf(String token) {
    int id = table().idOf(token);
    return token.equals(tokenOf(id)) ? id : -1;
  }

  @Override
  default @Nullable String tokenOf(int id) {
    return id >= 0 && id < table().pieces().size() ? table().pieces().get(id).text() : null;
  }

  @Override
  default int vocabSize() {
    return table().pieces().size();
  }

  @Override
  default int idLimit() {
    return table().pieces().size();
  }
}
