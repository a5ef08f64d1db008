package dev.rapt.tokenizer.model;

import dev.rapt.tokenizer.text.AlignedText;
import org.jspecify.annotations.Nullable;

/** Every piece is one token, the unknown one if it is not in the vocabulary. */
public record WordLevelModel(Vocabulary vocabulary, String unkToken) implements Model {
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

  @Override
  public int idOf(String token) {
    return vocabulary.idOf(token);
  }

  @Override
  public @Nullable String tokenOf(int id) {
    return vocabulary.tokenOf(id);
  }

  @Override
  public int vocabSize() {
    return vocabulary.size();
  }

  @Override
  public int idLimit() {
    return vocabulary.idLimit();
  }
}
