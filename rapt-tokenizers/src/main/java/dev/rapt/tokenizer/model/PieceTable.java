package dev.rapt.tokenizer.model;

import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.CodePointTrie;
import dev.rapt.tokenizer.text.Utf8;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The pieces of a SentencePiece model, looked up as in the SentencePiece library. Immutable. */
public final class PieceTable {

  /** How text becomes a piece. */
  public enum Use {
    NORMAL,
    /** Always kept whole. */
    USER_DEFINED,
    /** Takes part in the search, but is divided again. */
    UNUSED,
    /** Never found in text: control, unknown and byte pieces. */
    RESERVED
  }

  /** A piece and its score. */
  public record Piece(String text, float score, Use use) {}

  private final List<Piece> pieces;
  private final int unkId;
  private final Map<String, Integer> ids = new HashMap<>();
  private final Map<String, Integer> reservedIds = new HashMap<>();
  private final CodePointTrie userDefined = new CodePointTrie();
  private final int @Nullable [] byteIds;

  /**
   * @param pieces in order of id
   * @param unkId id of the unknown piece
   * @param byteFallback whether unknown characters become pieces like {@code <0x0A>}
   * @throws IllegalArgumentException if a piece is empty or occurs twice, or a byte has no piece
   */
  public PieceTable(List<Piece> pieces, int unkId, boolean byteFallback) {
    this.pieces = List.copyOf(pieces);
    this.unkId = unkId;
    for (int id = 0; id < pieces.size(); id++) {
      Piece piece = pieces.get(id);
      Map<String, Integer> map = piece.use() == Use.RESERVED ? reservedIds : ids;
      if (piece.text().isEmpty() || map.putIfAbsent(piece.text(), id) != null) {
        throw new IllegalArgumentException(
            "pieces[" + id + "]: must be a piece of its own, got \"" + piece.text() + "\"");
      }
      if (piece.use() == Use.USER_DEFINED) {
        userDefined.put(piece.text(), id);
      }
    }
    byteIds = byteFallback ? byteIds() : null;
  }

  private int[] byteIds() {
    HexFormat hex = HexFormat.of().withUpperCase();
    int[] result = new int[256];
    for (int b = 0; b < 256; b++) {
      String text = "<0x" + hex.toHexDigits((byte) b) + ">";
      result[b] = idOf(text);
      if (result[b] == unkId) {
        throw new IllegalArgumentException(
            "byte_fallback: every byte must have a piece, got none for " + text);
      }
    }
    return result;
  }

  /** Returns all pieces in order of id. */
  public List<Piece> pieces() {
    return pieces;
  }

  int unkId() {
    return unkId;
  }

  boolean byteFallback() {
    return byteIds != null;
  }

  /** Returns the id of a piece, or that of the unknown piece. */
  int idOf(String text) {
    Integer id = reservedIds.get(text);
    return id != null ? id : ids.getOrDefault(text, unkId);
  }

  /** Returns the id of a piece that text can become, or -1. */
  int usableIdOf(String text) {
    return ids.getOrDefault(text, -1);
  }

  /** Returns the length in code points of the longest user-defined piece at {@code at}, or 0. */
  int userDefinedAt(AlignedText text, int at) {
    return userDefined.longestAt(text, at);
  }

  /**
   * Passes found pieces on. Unknown ones become bytes if all bytes have pieces; otherwise
   * neighbouring ones become one.
   */
  final class Output {
    private final AlignedText text;
    private final Model.TokenSink sink;
    private int unknownFrom = -1;
    private int end;

    Output(AlignedText text, Model.TokenSink sink) {
      this.text = text;
      this.sink = sink;
    }

    /** Adds the piece that ends at {@code to}; it starts where the previous one ends. */
    void add(int id, int to) {
      int from = end;
      end = to;
      if (id == unkId && byteIds != null) {
        for (byte b : Utf8.encode(text.slice(from, to), 0)) {
          sink.accept(byteIds[b & 0xFF], from, to);
        }
      } else if (id != unkId) {
        flush(from);
        sink.accept(id, from, to);
      } else if (unknownFrom < 0) {
        unknownFrom = from;
      }
    }

    int end() {
      return end;
    }

    private void flush(int to) {
      if (unknownFrom >= 0) {
        sink.acceptUnknown(unkId, unknownFrom, to);
        unknownFrom = -1;
      }
    }

    void finish() {
      flush(end);
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PieceTable table
        && pieces.equals(table.pieces)
        && unkId == table.unkId
        && Arrays.equals(byteIds, table.byteIds);
  }

  @Override
  public int hashCode() {
    return pieces.hashCode();
  }
}
