package dev.rapt.tokenizer.model;

import dev.rapt.tokenizer.text.AlignedText;

/**
 * WordPiece: greedy longest match from the left; continuation pieces have a prefix. A word with an
 * unmatched part, or with more than {@code maxCharsPerWord} code points, is one unknown token.
 */
public record WordPieceModel(
    Vocabulary vocabulary, String unkToken, String continuingSubwordPrefix, int maxCharsPerWord)
    implements VocabularyModel {

  public WordPieceModel {
    if (vocabulary.idOf(unkToken) < 0) {
      throw new IllegalArgumentException(
          "WordPiece: unk_token must be in the vocabulary, got " + unkToken);
    }
  }

  @Override
  public void tokenize(AlignedText piece, TokenSink sink) {
    int n = piece.length();
    int[] ids = new int[Math.min(n, maxCharsPerWord)];
    int[] ends = new int[ids.length];
    int count = 0;
    int start = 0;
    boolean known = n <= maxCharsPerWord;
    while (known && start < n) {
      int end = n;
      int id = -1;
      while (end > start) {
        String part = piece.substring(start, end);
        id = vocabulary.idOf(start == 0 ? part : continuingSubwordPrefix + part);
        if (id >= 0) {
          break;
        }
        end--;
      }
      known = id >= 0;
      if (known) {
        ids[count] = id;
        ends[count++] = end;
        start = end;
      }
    }
    if (!known) {
      sink.accept(vocabulary.idOf(unkToken), 0, n);
      return;
    }
    for (int i = 0; i < count; i++) {
      sink.accept(ids[i], i == 0 ? 0 : ends[i - 1], ends[i]);
    }
  }
}
