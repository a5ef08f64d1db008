package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.normalize.CharsMap;
import dev.rapt.tokenizer.normalize.PieceNormalization;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The content of a SentencePiece model file (protocol buffers, sentencepiece_model.proto).
 *
 * @param pieces in order of id
 * @param unkId id of the unknown piece
 * @param unkSurface what the unknown piece becomes in decoded text
 * @param charsMap the precompiled normalisation; null for none
 * @param denormalizer applied to decoded text; null for none
 * @param specialPieces control pieces and the unknown one by the name of their use, {@code
 *     eos_token}
 */
record SentencePieceModel(
    String file,
    List<Piece> pieces,
    Kind kind,
    boolean byteFallback,
    int unkId,
    String unkSurface,
    PieceNormalization.Flags flags,
    @Nullable CharsMap charsMap,
    @Nullable PieceNormalization denormalizer,
    Map<String, String> specialPieces) {

  /** The kinds of model, in order of their numbers in the file. */
  enum Kind {
    UNIGRAM,
    BPE,
    WORD,
    CHAR
  }

  enum Type {
    NORMAL,
    UNKNOWN,
    CONTROL,
    USER_DEFINED,
    UNUSED,
    BYTE
  }

  record Piece(String text, float score, Type type) {}

  boolean isBpe() {
    return kind == Kind.BPE;
  }

  boolean addDummyPrefix() {
    return flags.addsDummyPrefix();
  }

  /** Returns whether the first pieces are unknown, begin and end, in this order. */
  private static final int OWN_HEAD = 3;

  /** Returns a copy with these tokens in place of the first three pieces. */
  SentencePieceModel behind(List<String> head, String unknown) {
    List<Piece> moved = new ArrayList<>();
    for (String token : head) {
      moved.add(new Piece(token, 0, token.equals(unknown) ? Type.UNKNOWN : Type.CONTROL));
    }
    moved.addAll(pieces.subList(OWN_HEAD, pieces.size()));
    return new SentencePieceModel(
        file,
        List.copyOf(moved),
        kind,
        byteFallback,
        head.indexOf(unknown),
        unkSurface,
        flags,
        charsMap,
        denormalizer,
        specialPieces);
  }

  /**
   * Reads a model file.
   *
   * @throws TokenizerFileException if the file is no SentencePiece model, or of an unsupported kind
   */
  static SentencePieceModel read(Path path) {
    String file = path.toString();
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(path);
    } catch (IOException e) {
      throw new TokenizerFileException(file, "", "must be readable, got " + e, e);
    }
    try {
      return parse(file, bytes);
    } catch (IndexOutOfBoundsException e) {
      throw new TokenizerFileException(
          file, "", "must be a SentencePiece model, got a damaged file or another format", e);
    }
  }

  private static SentencePieceModel parse(String file, byte[] bytes) {
    List<Piece> pieces = new ArrayList<>();
    Trainer trainer = new Trainer();
    Normalization normalization = new Normalization();
    Normalization denormalization = new Normalization();
    WireReader root = new WireReader(bytes, 0, bytes.length);
    while (root.next()) {
      switch (root.field()) {
        case 1 -> {
          Piece piece = piece(root.message());
          if (!Float.isFinite(piece.score())) {
            throw new TokenizerFileException(
                file,
                "pieces[" + pieces.size() + "].score",
                "must be a finite number, got " + piece.score(),
                null);
          }
          pieces.add(piece);
        }
        case 2 -> trainer.read(root.message());
        case 3 -> normalization.read(root.message());
        case 5 -> denormalization.read(root.message());
        default -> root.skip();
      }
    }
    if (pieces.isEmpty()) {
      throw new TokenizerFileException(
          file, "pieces", "must not be empty, got none; is this a SentencePiece model?", null);
    }
    if (trainer.modelType < 1 || trainer.modelType > Kind.values().length) {
      throw new TokenizerFileException(
          file,
          "trainer_spec.model_type",
          "must be unigram (1), BPE (2), word (3) or character (4), got " + trainer.modelType,
          null);
    }
    int unkId = -1;
    for (int id = 0; id < pieces.size(); id++) {
      unkId = pieces.get(id).type() == Type.UNKNOWN ? id : unkId;
    }
    if (unkId < 0) {
      throw new TokenizerFileException(
          file, "pieces", "must include the unknown piece, got none", null);
    }
    CharsMap denormalizing = charsMap(file, denormalization.charsMap);
    return new SentencePieceModel(
        file,
        List.copyOf(pieces),
        Kind.values()[(int) trainer.modelType - 1],
        trainer.byteFallback,
        unkId,
        trainer.unkSurface,
        normalization.flags(trainer.whitespaceAsSuffix),
        charsMap(file, normalization.charsMap),
        denormalizing == null
            ? null
            : new PieceNormalization(denormalization.flags(false), denormalizing, List.of()),
        trainer.specialAmong(pieces));
  }

  private static @Nullable CharsMap charsMap(String file, byte[] bytes) {
    try {
      return bytes.length == 0 ? null : CharsMap.of(bytes);
    } catch (IllegalArgumentException e) {
      throw new TokenizerFileException(file, "normalizer_spec", String.valueOf(e.getMessage()), e);
    }
  }

  private static Piece piece(WireReader message) {
    String text = "";
    float score = 0;
    Type type = Type.NORMAL;
    while (message.next()) {
      switch (message.field()) {
        case 1 -> text = text(message);
        case 2 -> score = message.float32();
        case 3 -> type = Type.values()[(int) message.varint() - 1];
        default -> message.skip();
      }
    }
    return new Piece(text, score, type);
  }

  private static String text(WireReader message) {
    return new String(message.bytes(), StandardCharsets.UTF_8);
  }

  /** The fields of trainer_spec that are used, with their defaults. */
  private static final class Trainer {
    private long modelType = 1;
    private boolean byteFallback;
    private String unkSurface = " \u2047 ";
    private boolean whitespaceAsSuffix;
    private final Map<String, String> special =
        new TreeMap<>(
            Map.of(
                "unk_token", "<unk>",
                "bos_token", "<s>",
                "eos_token", "</s>",
                "pad_token", "<pad>"));

    /** The special pieces that the file has as such. */
    Map<String, String> specialAmong(List<Piece> pieces) {
      Map<String, String> found = new TreeMap<>(special);
      found
          .values()
          .removeIf(text ->
              pieces.stream()
                  .noneMatch(piece ->
                      piece.text().equals(text)
                          && (piece.type() == Type.CONTROL || piece.type() == Type.UNKNOWN)));
      return found;
    }

    void read(WireReader message) {
      while (message.next()) {
        switch (message.field()) {
          case 3 -> modelType = message.varint();
          case 24 -> whitespaceAsSuffix = message.varint() != 0;
          case 35 -> byteFallback = message.varint() != 0;
          case 44 -> unkSurface = text(message);
          case 45 -> special.put("unk_token", text(message));
          case 46 -> special.put("bos_token", text(message));
          case 47 -> special.put("eos_token", text(message));
          case 48 -> special.put("pad_token", text(message));
          default -> message.skip();
        }
      }
    }
  }

  /** The fields of normalizer_spec that are used, with their defaults. */
  private static final class Normalization {
    private boolean addsDummyPrefix = true;
    private boolean removesExtraWhitespace = true;
    private boolean escapesWhitespace = true;
    private byte[] charsMap = new byte[0];

    PieceNormalization.Flags flags(boolean spaceIsSuffix) {
      return new PieceNormalization.Flags(
          addsDummyPrefix, removesExtraWhitespace, escapesWhitespace, spaceIsSuffix);
    }

    void read(WireReader message) {
      while (message.next()) {
        switch (message.field()) {
          case 2 -> charsMap = message.bytes();
          case 3 -> addsDummyPrefix = message.varint() != 0;
          case 4 -> removesExtraWhitespace = message.varint() != 0;
          case 5 -> escapesWhitespace = message.varint() != 0;
          default -> message.skip();
        }
      }
    }
  }
}
