package dev.rapt.tokenizer.model;

import dev.rapt.tokenizer.bpe.MergeTable;
import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.types.IdBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * The BPE model of the SentencePiece library (bpe_model.cc). Two neighbours merge if together they
 * are a piece: the highest score first, of equal ones the leftmost. User-defined pieces are found
 * first and never merge. The character model is the same without merges.
 */
public final class PieceBpe implements PieceModel {
  private final PieceTable table;
  private final boolean hasUnused;
  private final boolean dividesAtMarks;
  private final Map<String, Integer> symbols = new HashMap<>(); // ids, beyond the pieces for others
  private final List<String> others = new ArrayList<>(); // characters that are parts of pieces only
  private final MergeTable merges;

  /** A pair of symbols that merges. */
  private record Merge(int left, int right, int result, float score) {}

  private PieceBpe(PieceTable table, boolean doesMerge) {
    this.table = table;
    List<PieceTable.Piece> pieces = table.pieces();
    hasUnused = pieces.stream().anyMatch(piece -> piece.use() == PieceTable.Use.UNUSED);
    dividesAtMarks =
        !hasUnused
            && table.usableIdOf(SpaceMarks.TOKEN) >= 0
            && pieces.stream().noneMatch(piece -> SpaceMarks.isCrossedBy(piece.text()));
    for (int id = 0; id < pieces.size(); id++) {
      if (mayMerge(pieces.get(id))) {
        symbols.put(pieces.get(id).text(), id);
      }
    }
    for (int id = 0; id < pieces.size() && doesMerge; id++) {
      if (mayMerge(pieces.get(id))) {
        pieces.get(id).text().codePoints().forEach(this::addCharacter);
      }
    }
    merges = doesMerge ? merges(pieces) : table(List.of());
  }

  /** Returns the BPE model. */
  public static PieceBpe merging(PieceTable table) {
    return new PieceBpe(table, true);
  }

  /** Returns the character model: every character and every user-defined piece is a piece. */
  public static PieceBpe characters(PieceTable table) {
    return new PieceBpe(table, false);
  }

  private static boolean mayMerge(PieceTable.Piece piece) {
    return piece.use() == PieceTable.Use.NORMAL || piece.use() == PieceTable.Use.UNUSED;
  }

  private void addCharacter(int codePoint) {
    String character = Character.toString(codePoint);
    if (table.usableIdOf(character) < 0 && !symbols.containsKey(character)) {
      symbols.put(character, table.pieces().size() + others.size());
      others.add(character);
    }
  }

  private MergeTable merges(List<PieceTable.Piece> pieces) {
    List<Merge> found = new ArrayList<>();
    for (int id = 0; id < pieces.size(); id++) {
      if (!mayMerge(pieces.get(id))) {
        continue;
      }
      String text = pieces.get(id).text();
      for (int cut = 1; cut < text.length(); cut++) {
        Integer left = symbols.get(text.substring(0, cut));
        Integer right = left == null ? null : symbols.get(text.substring(cut));
        if (left != null && right != null) {
          found.add(new Merge(left, right, id, pieces.get(id).score()));
        }
      }
    }
    found.sort(Comparator.comparingDouble(Merge::score).reversed());
    return table(found);
  }

  /** Returns the merges in a table; pairs of equal scores have one rank. */
  private static MergeTable table(List<Merge> sorted) {
    int[] ranks = new int[sorted.size()];
    for (int i = 1; i < ranks.length; i++) {
      ranks[i] = ranks[i - 1] + (sorted.get(i).score() == sorted.get(i - 1).score() ? 0 : 1);
    }
    return new MergeTable(
        sorted.stream().mapToInt(Merge::left).toArray(),
        sorted.stream().mapToInt(Merge::right).toArray(),
        sorted.stream().mapToInt(Merge::result).toArray(),
        ranks);
  }

  @Override
  public PieceTable table() {
    return table;
  }

  @Override
  public int nextBoundary(AlignedText piece, int from) {
    return dividesAtMarks ? SpaceMarks.next(piece, from) : piece.length();
  }

  @Override
  public void tokenize(AlignedText piece, TokenSink sink) {
    Merging merging = new Merging(piece);
    merging.merge();
    PieceTable.Output output = table.new Output(piece, sink);
    merging.writeTo(output);
    output.finish();
  }

  /** The symbols of one text: a linked list, in which merged ones stay at the left one's place. */
  private final class Merging {
    private final AlignedText text;
    private final int[] ids; // -1 for one that never merges, or was merged into its left neighbour
    private final int[] starts; // code points
    private final int[] next;
    private final int[] previous;
    private final int size;
    private final PriorityQueue<Long> agenda = new PriorityQueue<>(); // rank and place
    private final Map<Integer, int[]> partsOfUnused = new HashMap<>(); // the latest found

    Merging(AlignedText text) {
      this.text = text;
      IdBuffer found = new IdBuffer(text.length());
      IdBuffer places = new IdBuffer(text.length());
      for (int at = 0; at < text.length(); ) {
        int whole = table.userDefinedAt(text, at);
        int end = at + Math.max(1, whole);
        found.add(whole > 0 ? -1 : symbols.getOrDefault(text.substring(at, end), -1));
        places.add(at);
        at = end;
      }
      size = found.size();
      ids = found.toArray();
      starts = places.toArray();
      next = new int[size];
      previous = new int[size];
      for (int i = 0; i < size; i++) {
        next[i] = i + 1;
        previous[i] = i - 1;
      }
    }

    void merge() {
      for (int i = 0; i + 1 < size; i++) {
        propose(i, i + 1);
      }
      for (Long top = agenda.poll(); top != null; top = agenda.poll()) {
        int at = top.intValue();
        int right = next[at];
        long pair = right < size ? find(at, right) : MergeTable.NONE;
        if (pair == MergeTable.NONE || pair >>> 32 != top >>> 32) {
          continue; // a neighbour has merged since
        }
        ids[at] = (int) pair;
        ids[right] = -1;
        next[at] = next[right];
        if (next[at] < size) {
          previous[next[at]] = at;
        }
        propose(previous[at], at);
        propose(at, next[at]);
      }
    }

    private long find(int left, int right) {
      return ids[left] < 0 || ids[right] < 0 ? MergeTable.NONE : merges.find(ids[left], ids[right]);
    }

    private void propose(int left, int right) {
      long pair = left < 0 || right >= size ? MergeTable.NONE : find(left, right);
      if (pair == MergeTable.NONE) {
        return;
      }
      agenda.add(pair >>> 32 << 32 | left);
      if (hasUnused) {
        partsOfUnused.put((int) pair, new int[] {ids[left], ids[right]});
      }
    }

    void writeTo(PieceTable.Output output) {
      for (int at = 0; at < size; at = next[at]) {
        if (ids[at] >= 0) {
          write(ids[at], output);
        } else {
          int end = next[at] < size ? starts[next[at]] : text.length();
          output.add(table.idOf(text.substring(starts[at], end)), end);
        }
      }
    }

    /** Passes a symbol on; an unused piece is divided again into its parts. */
    private void write(int symbol, PieceTable.Output output) {
      int numPieces = table.pieces().size();
      String piece =
          symbol < numPieces ? table.pieces().get(symbol).text() : others.get(symbol - numPieces);
      int id = table.idOf(piece);
      int[] parts = partsOfUnused.get(id);
      if (parts == null || table.pieces().get(id).use() != PieceTable.Use.UNUSED) {
        output.add(id, output.end() + piece.codePointCount(0, piece.length()));
        return;
      }
      write(parts[0], output);
      write(parts[1], output);
    }
  }
}
