package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.decode.TokenDecoder;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.model.Model;
import dev.rapt.tokenizer.model.UnigramModel;
import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.pretokenize.PreTokenizer;
import dev.rapt.tokenizer.text.TextPattern;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A SentencePiece file in the terms of tokenizer.json, as {@code SpmConverter} in transformers
 * makes it, save that spaces at both ends are removed where the model says so.
 *
 * @param tokenNames special tokens by name, like {@code eos_token}
 */
public record PieceConversion(TokenizerDefinition definition, Map<String, String> tokenNames) {
  private static final String SPACE = "\u2581";

  /**
   * Converts a file; empty if it is no SentencePiece file.
   *
   * @throws TokenizerFileException if it is broken, or has something that tokenizer.json cannot
   *     express
   */
  public static Optional<PieceConversion> of(Path file) {
    if (!VocabularyFiles.isPieces(file)) {
      return Optional.empty();
    }
    SentencePieceModel spm = SentencePieceModel.read(file);
    requireConvertible(spm);
    Model model = spm.isBpe() ? PieceModels.bpe(spm) : unigram(spm);
    return Optional.of(
        new PieceConversion(
            new TokenizerDefinition(
                null,
                null,
                SentencePieceFiles.controlAndUserDefined(spm),
                normalizer(spm),
                preTokenizer(spm),
                null,
                decoder(spm),
                model),
            spm.specialPieces()));
  }

  private static void requireConvertible(SentencePieceModel spm) {
    SentencePieceFiles.requireUsual(spm);
    for (SentencePieceModel.Piece piece : spm.pieces()) {
      boolean isUserDefined = piece.type() == SentencePieceModel.Type.USER_DEFINED;
      if (isUserDefined || piece.type() == SentencePieceModel.Type.UNUSED) {
        throw new TokenizerFileException(
            spm.file(),
            "",
            "must have no user-defined and unused pieces to become a tokenizer.json, got '"
                + piece.text()
                + "'; add the tokenizer.json of the model",
            null);
      }
    }
    if (spm.denormalizer() != null) {
      throw new TokenizerFileException(
          spm.file(), "", "must have no denormalizer to become a tokenizer.json, got one", null);
    }
  }

  private static UnigramModel unigram(SentencePieceModel spm) {
    List<UnigramModel.Piece> pieces =
        spm.pieces().stream()
            .map(piece -> new UnigramModel.Piece(piece.text(), piece.score()))
            .toList();
    return new UnigramModel(pieces, spm.unkId(), spm.byteFallback());
  }

  private static Normalizer normalizer(SentencePieceModel spm) {
    List<Normalizer> parts = new ArrayList<>();
    if (spm.charsMap() != null) {
      parts.add(new Normalizer.Precompiled(spm.charsMap()));
    }
    boolean removes = spm.flags().removesExtraSpaces();
    if (removes) {
      parts.add(new Normalizer.Replace(new TextPattern.Regex("\\A +"), ""));
      parts.add(new Normalizer.Replace(new TextPattern.Regex(" {2,}"), " "));
    }
    if (spm.addDummyPrefix()) {
      parts.add(new Normalizer.Prepend(SPACE));
    }
    parts.add(new Normalizer.Replace(new TextPattern.Literal(" "), SPACE));
    if (removes) { // marks that were in the text as such, too, as in the library
      parts.add(new Normalizer.Replace(new TextPattern.Regex(SPACE + "+\\z"), ""));
    }
    return new Normalizer.Sequence(parts);
  }

  /** Words are split, which is faster, where no piece reaches from one into the next. */
  private static @Nullable PreTokenizer preTokenizer(SentencePieceModel spm) {
    boolean hasSpace = false;
    for (SentencePieceModel.Piece piece : spm.pieces()) {
      if (piece.type() == SentencePieceModel.Type.NORMAL) {
        hasSpace |= piece.text().equals(SPACE);
        if (piece.text().indexOf(SPACE, 1) > 0) {
          return null;
        }
      }
    }
    return hasSpace // else unknown characters could be joined across a space
        ? new PreTokenizer.Metaspace(SPACE.codePointAt(0), PreTokenizer.PrependScheme.NEVER, true)
        : null;
  }

  private static TokenDecoder decoder(SentencePieceModel spm) {
    return spm.byteFallback()
        ? new TokenDecoder.Sequence(SentencePieceFiles.byteDecoders(spm.addDummyPrefix()))
        : new TokenDecoder.Metaspace(
            SPACE.codePointAt(0),
            spm.addDummyPrefix()
                ? PreTokenizer.PrependScheme.ALWAYS
                : PreTokenizer.PrependScheme.NEVER,
            true);
  }
}
