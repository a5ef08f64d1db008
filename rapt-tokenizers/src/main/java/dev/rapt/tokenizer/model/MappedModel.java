package dev.rapt.tokenizer.model;

import dev.rapt.tokenizer.text.AlignedText;

/**
 * A model whose pieces get their ids from a separate vocabulary, by their text; pieces that are not
 * in the vocabulary are unknown. Used by Marian and M2M100.
 *
 * @param pieces splits text into pieces
 * @param unkId id of pieces that are not in the vocabulary
 */
public record MappedModel(Model pieces, Vocabulary vocabulary, int unkId)
    implements VocabularyModel {
  @Override
  public void tokenize(AlignedText piece, TokenSink sink) {
    pieces.tokenize(
        piece,
        new TokenSink() {
          @Override
          public void accept(int id, int start, int end) {
            String token = pieces.tokenOf(id);
            give(token == null ? piece.substring(start, end) : token, start, end);
          }

          @Override
          public void acceptUnknown(int id, int start, int end) {
            give(piece.substring(start, end), start, end);
          }

          private void give(String token, int start, int end) {
            int own = vocabulary.idOf(token);
            if (own < 0) {
              sink.acceptUnknown(unkId, start, end);
            } else {
              sink.accept(own, start, end);
            }
          }
        });
  }

  @Override
  public int nextBoundary(AlignedText piece, int from) {
    return pieces.nextBoundary(piece, from);
  }
}
