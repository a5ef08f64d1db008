package dev.rapt.tokenizer.model;

import dev.rapt.tokenizer.text.AlignedText;

/**
 * The pieces of one model under the ids of a vocabulary, in which they are looked up by their
 * spelling; pieces that it does not have are unknown. Marian and M2M100 are published so.
 *
 * @param pieces cuts texts up
 * @param unkId what stands for pieces without an id
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
}
