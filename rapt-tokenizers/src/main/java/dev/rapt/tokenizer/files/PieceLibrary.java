package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.decode.TokenDecoder;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.model.PieceBpe;
import dev.rapt.tokenizer.model.PieceModel;
import dev.rapt.tokenizer.model.PieceTable;
import dev.rapt.tokenizer.model.PieceUnigram;
import dev.rapt.tokenizer.model.PieceWords;
import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.normalize.PieceNormalization;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A SentencePiece model that works as in the SentencePiece library: the ids of the file, no special
 * tokens added.
 */
final class PieceLibrary {
  private PieceLibrary() {}

  static TokenizerDefinition definition(SentencePieceModel spm) {
    return new TokenizerDefinition(
        null, null, List.of(), normalizer(spm), null, null, decoder(spm), model(spm));
  }

  private static Normalizer normalizer(SentencePieceModel spm) {
    List<String> userDefined =
        spm.pieces().stream()
            .filter(piece -> piece.type() == SentencePieceModel.Type.USER_DEFINED)
            .map(SentencePieceModel.Piece::text)
            .toList();
    return new Normalizer.SentencePiece(
        new PieceNormalization(spm.flags(), spm.charsMap(), userDefined));
  }

  private static PieceModel model(SentencePieceModel spm) {
    PieceTable table;
    try {
      table =
          new PieceTable(
              spm.pieces().stream().map(PieceLibrary::piece).toList(),
              spm.unkId(),
              spm.byteFallback());
    } catch (IllegalArgumentException e) {
      throw new TokenizerFileException(spm.file(), "pieces", String.valueOf(e.getMessage()), e);
    }
    return switch (spm.kind()) {
      case UNIGRAM -> new PieceUnigram(table);
      case BPE -> PieceBpe.merging(table);
      case WORD -> new PieceWords(table);
      case CHAR -> PieceBpe.characters(table);
    };
  }

  private static PieceTable.Piece piece(SentencePieceModel.Piece piece) {
    PieceTable.Use use =
        switch (piece.type()) {
          case NORMAL -> PieceTable.Use.NORMAL;
          case USER_DEFINED -> PieceTable.Use.USER_DEFINED;
          case UNUSED -> PieceTable.Use.UNUSED;
          case UNKNOWN, CONTROL, BYTE -> PieceTable.Use.RESERVED;
        };
    return new PieceTable.Piece(piece.text(), piece.score(), use);
  }

  private static TokenDecoder decoder(SentencePieceModel spm) {
    TokenDecoder.SentencePiece.LeadingSpaces spaces =
        spm.flags().removesExtraSpaces()
            ? TokenDecoder.SentencePiece.LeadingSpaces.ONE_OF_EACH_PIECE
            : spm.flags().addsDummyPrefix()
                ? TokenDecoder.SentencePiece.LeadingSpaces.FIRST
                : TokenDecoder.SentencePiece.LeadingSpaces.NONE;
    return new TokenDecoder.SentencePiece(
        spm.pieces().stream()
            .filter(piece -> piece.type() == SentencePieceModel.Type.CONTROL)
            .map(SentencePieceModel.Piece::text)
            .collect(Collectors.toSet()),
        spm.pieces().get(spm.unkId()).text(),
        spm.unkSurface(),
        spm.byteFallback(),
        spaces,
        spm.denormalizer() == null ? null : new Normalizer.SentencePiece(spm.denormalizer()));
  }
}
