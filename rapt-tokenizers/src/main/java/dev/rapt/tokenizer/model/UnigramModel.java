package dev.rapt.tokenizer.model;

import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.CodePointTrie;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Unigram language model: the segmentation with the largest sum of log-probabilities, added in
 * double precision as Hugging Face tokenizers do. The SentencePiece library rounds its sums, see
 * {@link PieceUnigram}.
 */
public final class UnigramModel implements Model {
  private static final double UNKNOWN_PENALTY = 10;

  /** A token and its score. */
  public record Piece(String token, double score) {}

  private final List<Piece> pieces;
  private final int unkId;
  private final boolean byteFallback;
  private final double[] scores;
  private final Map<String, Integer> ids = new HashMap<>();
  private final CodePointTrie trie = new CodePointTrie();
  private final double unknownScore;
  private final int[] byteIds = new int[256];

  /**
   * @param pieces tokens in order of id
   * @param unkId id of the unknown token; -1 for none
   * @param byteFallback whether unknown text becomes tokens like {@code <0x0A>}
   * @throws IllegalArgumentException if there are no pieces or unkId is out of range
   */
  public UnigramModel(List<Piece> pieces, int unkId, boolean byteFallback) {
    if (pieces.isEmpty() || unkId >= pieces.size()) {
      throw new IllegalArgumentException(
          "Unigram: unk_id must be in the vocabulary, got "
              + unkId
              + " and "
              + pieces.size()
              + " pieces");
    }
    this.pieces = List.copyOf(pieces);
    this.unkId = unkId;
    this.byteFallback = byteFallback;
    scores = pieces.stream().mapToDouble(Piece::score).toArray();
    for (int id = 0; id < scores.length; id++) {
      String token = pieces.get(id).token();
      ids.put(token, id);
      trie.put(token, id);
    }
    unknownScore = Arrays.stream(scores).min().getAsDouble() - UNKNOWN_PENALTY;
    for (int b = 0; b < 256; b++) {
      byteIds[b] = ids.getOrDefault(String.format("<0x%02X>", b), -1);
    }
  }

  public List<Piece> pieces() {
    return pieces;
  }

  /** Returns the id of the unknown token, or -1. */
  public int unkId() {
    return unkId;
  }

  public boolean byteFallback() {
    return byteFallback;
  }

  @Override
  public void tokenize(AlignedText piece, TokenSink sink) {
    int n = piece.length();
    double[] sums = new double[n + 1];
    int[] from = new int[n + 1];
    int[] best = new int[n + 1];
    Arrays.fill(from, -1);
    for (int start = 0; start < n; start++) {
      boolean single = false;
      int node = CodePointTrie.ROOT;
      for (int end = start + 1; end <= n; end++) {
        node = trie.child(node, piece.codePoint(end - 1));
        if (node == CodePointTrie.NONE) {
          break;
        }
        int id = trie.value(node);
        if (id != CodePointTrie.NONE) {
          single |= end == start + 1;
          relax(sums, from, best, start, end, scores[id], id);
        }
      }
      if (!single) {
        relax(sums, from, best, start, start + 1, unknownScore, unkId);
      }
    }
    emit(piece, from, best, sink);
  }

  private static void relax(
      double[] sums, int[] from, int[] best, int start, int end, double score, int id) {
    double candidate = sums[start] + score;
    if (from[end] < 0 || candidate > sums[end]) {
      sums[end] = candidate;
      from[end] = start;
      best[end] = id;
    }
  }

  private void emit(AlignedText piece, int[] from, int[] best, TokenSink sink) {
    int n = piece.length();
    int[] next = new int[n + 1];
    for (int end = n; end > 0; end = from[end]) {
      next[from[end]] = end;
    }
    int start = 0;
    while (start < n) {
      int end = next[start];
      if (best[end] != unkId) {
        sink.accept(best[end], start, end);
        start = end;
        continue;
      }
      while (end < n && best[next[end]] == unkId) {
        end = next[end];
      }
      emitUnknown(piece, start, end, sink);
      start = end;
    }
  }

  private void emitUnknown(AlignedText piece, int start, int end, TokenSink sink) {
    String text = piece.substring(start, end);
    Integer known = ids.get(text);
    if (known != null) {
      sink.accept(known, start, end);
      return;
    }
    byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    boolean allBytes = byteFallback;
    for (byte b : bytes) {
      allBytes &= byteIds[b & 0xFF] >= 0;
    }
    if (allBytes) {
      for (byte b : bytes) {
        sink.accept(byteIds[b & 0xFF], start, end);
      }
      return;
    }
    if (unkId < 0) {
      throw new IllegalArgumentException(
          "Unigram: unk_id must be given for unknown text, got none and " + text);
    }
    sink.acceptUnknown(unkId, start, end);
  }

  @Override
  public int idOf(String token) {
    return ids.getOrDefault(token, -1);
  }

  @Override
  public @Nullable String tokenOf(int id) {
    return id >= 0 && id < pieces.size() ? pieces.get(id).token() : null;
  }

  @Override
  public int vocabSize() {
    return pieces.size();
  }

  @Override
  public int idLimit() {
    return pieces.size();
  }
}
