package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.model.BpeModel;
import dev.rapt.tokenizer.model.Vocabulary;
import dev.rapt.tokenizer.types.IdBuffer;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Creates models from the pieces of a SentencePiece file, with the ids of the file. */
final class PieceModels {
  private PieceModels() {}

  private record Merge(int left, int right, float score, int leftLength, int rightLength) {}

  /** BPE: two pieces merge if their concatenation is a piece, in the order of its score. */
  static BpeModel bpe(SentencePieceModel spm) {
    List<SentencePieceModel.Piece> pieces = spm.pieces();
    Map<String, Integer> ids = HashMap.newHashMap(pieces.size());
    for (int id = 0; id < pieces.size(); id++) {
      ids.put(pieces.get(id).text(), id);
    }
    List<Merge> merges = new ArrayList<>();
    for (SentencePieceModel.Piece piece : pieces) {
      if (piece.type() == SentencePieceModel.Type.NORMAL) {
        addMerges(piece, ids, merges);
      }
    }
    merges.sort(
        Comparator.comparingDouble(Merge::score)
            .thenComparingInt(Merge::leftLength)
            .thenComparingInt(Merge::rightLength)
            .reversed());
    IdBuffer left = new IdBuffer(merges.size());
    IdBuffer right = new IdBuffer(merges.size());
    for (Merge merge : merges) {
      left.add(merge.left());
      right.add(merge.right());
    }
    String unk = pieces.get(spm.unkId()).text();
    try {
      return new BpeModel(
          new Vocabulary(ids),
          left.toArray(),
          right.toArray(),
          new BpeModel.Options(unk, null, null, true, spm.byteFallback(), false));
    } catch (IllegalArgumentException e) {
      throw new TokenizerFileException(spm.file(), "pieces", String.valueOf(e.getMessage()), e);
    }
  }

  private static void addMerges(
      SentencePieceModel.Piece piece, Map<String, Integer> ids, List<Merge> merges) {
    String text = piece.text();
    List<Merge> own = new ArrayList<>();
    for (int cut = 1; cut < text.length(); cut++) {
      if (Character.isLowSurrogate(text.charAt(cut))) {
        continue;
      }
      Integer left = ids.get(text.substring(0, cut));
      Integer right = ids.get(text.substring(cut));
      if (left != null && right != null) {
        int leftLength = text.codePointCount(0, cut);
        int rightLength = text.codePointCount(cut, text.length());
        own.add(new Merge(left, right, piece.score(), leftLength, rightLength));
      }
    }
    own.sort(Comparator.comparingInt(Merge::left).thenComparingInt(Merge::right));
    merges.addAll(own);
  }
}
