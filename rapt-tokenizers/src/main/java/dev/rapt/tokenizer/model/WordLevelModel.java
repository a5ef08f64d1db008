package dev.rapt.tokenizer.model;

import dev.rapt.tokenizer.text.AlignedText;

/** Word-level model: every piece is one token, or unknown. */
public record WordLevelModel(Vocabulary vocabulary, String unkToken) implements VocabularyModel {
  @Override
  public void tokenize(AlignedText piece, TokenSink sink) {
    int id = vocabulary.idOf(piece.toString());
    if (id < 0) {
      id = vocabulary.idOf(unkToken);
    }
    if (id < 0) {
      throw new IllegalArgumentException(
          "WordLevel: unk_token must be in the vocabulary, got " + unkToken + " for " + piece);
    }
    sink.accept(id, 0, piece.length());
  }
}
