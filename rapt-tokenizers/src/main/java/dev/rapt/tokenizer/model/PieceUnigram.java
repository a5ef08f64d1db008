package dev.rapt.tokenizer.model;

import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.CodePointTrie;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The unigram model of the SentencePiece library (EncodeOptimized in unigram_model.cc). Its sums
 * are rounded to float32 at every piece, and ties depend on that.
 */
public final class PieceUnigram implements PieceModel {
  private static final float UNKNOWN_PENALTY = 10;

  /** Score of each byte of a user-defined piece but the first, in release 0.2.2. */
  private static final double USER_DEFINED_BONUS = 0.1;

  private final PieceTable table;
  private final CodePointTrie trie = new CodePointTrie();
  private final float[] scores;
  private final boolean[] unused;
  private final float unknownScore;

  /** Creates a model with the scores of the pieces. */
  public PieceUnigram(PieceTable table) {
    this.table = table;
    int n = table.pieces().size();
    scores = new float[n];
    unused = new boolean[n];
    float min = Float.MAX_VALUE;
    for (PieceTable.Piece piece : table.pieces()) {
      if (piece.use() == PieceTable.Use.NORMAL) {
        min = Math.min(min, piece.score());
      }
    }
    unknownScore = min - UNKNOWN_PENALTY;
    for (int id = 0; id < n; id++) {
      PieceTable.Piece piece = table.pieces().get(id);
      unused[id] = piece.use() == PieceTable.Use.UNUSED;
      scores[id] =
          piece.use() == PieceTable.Use.USER_DEFINED
              ? (float) (bytes(piece) * USER_DEFINED_BONUS - USER_DEFINED_BONUS)
              : piece.score();
      if (piece.use() != PieceTable.Use.RESERVED) {
        trie.put(piece.text(), id);
      }
    }
  }

  private static int bytes(PieceTable.Piece piece) {
    return piece.text().getBytes(StandardCharsets.UTF_8).length;
  }

  @Override
  public PieceTable table() {
    return table;
  }

  @Override
  public void tokenize(AlignedText piece, TokenSink sink) {
    int n = piece.length();
    float[] best = new float[n + 1];
    int[] from = new int[n + 1];
    int[] ids = new int[n + 1];
    Arrays.fill(from, -1);
    for (int start = 0; start < n; start++) {
      boolean hasCharacter = false;
      int node = CodePointTrie.ROOT;
      for (int end = start + 1; end <= n; end++) {
        node = trie.child(node, piece.codePoint(end - 1));
        if (node == CodePointTrie.NONE) {
          break;
        }
        int id = trie.value(node);
        if (id == CodePointTrie.NONE || unused[id]) {
          continue;
        }
        hasCharacter |= end == start + 1;
        float candidate = scores[id] + best[start];
        if (from[end] < 0 || candidate > best[end]) {
          best[end] = candidate;
          from[end] = start;
          ids[end] = id;
        }
      }
      if (!hasCharacter) {
        float candidate = unknownScore + best[start];
        if (from[start + 1] < 0 || candidate > best[start + 1]) {
          best[start + 1] = candidate;
          from[start + 1] = start;
          ids[start + 1] = table.unkId();
        }
      }
    }
    emit(piece, from, ids, sink);
  }

  private void emit(AlignedText piece, int[] from, int[] ids, TokenSink sink) {
    int n = piece.length();
    int[] next = new int[n + 1];
    for (int end = n; end > 0; end = from[end]) {
      next[from[end]] = end;
    }
    PieceTable.Output output = table.new Output(piece, sink);
    for (int start = 0; start < n; start = next[start]) {
      output.add(ids[next[start]], next[start]);
    }
    output.finish();
  }
}
