package dev.rapt.tokenizer.model;

import org.jspecify.annotations.Nullable;

/** A model whose ids are those of a {@link Vocabulary}. */
public sealed interface VocabularyModel extends Model
    permits BpeModel, WordPieceModel, WordLevelModel, MappedModel {

  /** Returns all tokens and their ids. */
  Vocabulary vocabulary();

  @Override
  default int idOf(String token) {
    return vocabulary().idOf(token);
  }

  @Override
  default @Nullable String tokenOf(int id) {
    return vocabulary().tokenOf(id);
  }

  @Override
  default int vocabSize() {
    return vocabulary().size();
  }

  @Override
  default int idLimit() {
    return vocabulary().idLimit();
  }
}
