package dev.rapt.tokenizer.json;

import dev.rapt.tokenizer.model.BpeModel;
import dev.rapt.tokenizer.model.Model;
import dev.rapt.tokenizer.model.UnigramModel;
import dev.rapt.tokenizer.model.Vocabulary;
import dev.rapt.tokenizer.model.WordLevelModel;
import dev.rapt.tokenizer.model.WordPieceModel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.POJONode;

/** Reads the {@code model} of tokenizer.json. */
final class ModelReader {
  private ModelReader() {}

  static Model read(Field field) {
    field.object();
    Field type = field.get("type");
    return switch (type.isAbsent() ? guessType(field) : type.string()) {
      case "BPE" -> bpe(field);
      case "WordPiece" -> wordPiece(field);
      case "WordLevel" -> {
        Vocabulary vocabulary = vocabulary(field.get("vocab"));
        yield new WordLevelModel(vocabulary, field.get("unk_token").string());
      }
      case "Unigram" -> unigram(field);
      default -> throw type.error("must be BPE, WordPiece, WordLevel or Unigram");
    };
  }

  /** Old files have no type; the fields that are present determine it. */
  private static String guessType(Field field) {
    if (field.has("merges")) {
      return "BPE";
    }
    if (field.has("unk_id")) {
      return "Unigram";
    }
    return field.has("max_input_chars_per_word") ? "WordPiece" : "WordLevel";
  }

  static Vocabulary vocabulary(Field field) {
    if (field.node() instanceof POJONode table && table.getPojo() instanceof Vocabulary read) {
      return read;
    }
    JsonNode object = field.object();
    Map<String, Integer> ids = HashMap.newHashMap(object.size());
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      JsonNode id = entry.getValue();
      if (!id.isInt() || id.intValue() < 0) {
        throw field.get(entry.getKey()).error("must be an id, a whole number of at least 0");
      }
      ids.put(entry.getKey(), id.intValue());
    }
    return field.at(() -> new Vocabulary(ids));
  }

  private static BpeModel bpe(Field field) {
    Field dropout = field.get("dropout");
    if (!dropout.isAbsent() && dropout.number() != 0) {
      throw dropout.error("must be null or 0, encoding is deterministic");
    }
    Vocabulary vocabulary = vocabulary(field.get("vocab"));
    Field merges = field.get("merges");
    if (merges.node() instanceof POJONode table
        && table.getPojo() instanceof TableScanner.Merges read) {
      return merges.at(() ->
          BpeModel.of(
              vocabulary,
              read.left().toArray(),
              read.right().toArray(),
              read.result().toArray(),
              options(field)));
    }
    ModelTables.Merges pairs = ModelTables.Merges.of(merges);
    int[] left = new int[pairs.size()];
    int[] right = new int[left.length];
    for (int i = 0; i < left.length; i++) {
      String[] parts = pairs.parts(merges, i);
      left[i] = vocabulary.idOf(parts[0]);
      right[i] = vocabulary.idOf(parts[1]);
      if (left[i] < 0 || right[i] < 0) {
        throw pairs.field(merges, i).error("both parts must be in the vocabulary");
      }
    }
    return merges.at(() -> new BpeModel(vocabulary, left, right, options(field)));
  }

  private static BpeModel.Options options(Field field) {
    return new BpeModel.Options(
        field.get("unk_token").stringOrNull(),
        emptyToNull(field.get("continuing_subword_prefix")),
        emptyToNull(field.get("end_of_word_suffix")),
        field.get("fuse_unk").bool(false),
        field.get("byte_fallback").bool(false),
        field.get("ignore_merges").bool(false));
  }

  private static @org.jspecify.annotations.Nullable String emptyToNull(Field field) {
    return field.string("").isEmpty() ? null : field.string();
  }

  private static WordPieceModel wordPiece(Field field) {
    Vocabulary vocabulary = vocabulary(field.get("vocab"));
    return field
        .get("unk_token")
        .at(() ->
            new WordPieceModel(
                vocabulary,
                field.get("unk_token").string("[UNK]"),
                field.get("continuing_subword_prefix").string("##"),
                field.get("max_input_chars_per_word").count(100)));
  }

  private static UnigramModel unigram(Field field) {
    List<UnigramModel.Piece> pieces =
        field
            .get("vocab")
            .list(piece -> {
              if (piece.array().size() != 2) {
                throw piece.error("must be a token and its score");
              }
              return new UnigramModel.Piece(
                  new Field(piece.file(), piece.place() + "[0]", piece.array().get(0)).string(),
                  new Field(piece.file(), piece.place() + "[1]", piece.array().get(1)).number());
            });
    return field.at(() ->
        new UnigramModel(
            pieces, field.get("unk_id").count(-1), field.get("byte_fallback").bool(false)));
  }
}
