package dev.rapt.tokenizer.json;

import dev.rapt.json.JsonTree;
import dev.rapt.tokenizer.decode.TokenDecoder;
import dev.rapt.tokenizer.model.Model;
import dev.rapt.tokenizer.normalize.CharsMap;
import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.normalize.UnicodeForm;
import dev.rapt.tokenizer.postprocess.PostProcessor;
import dev.rapt.tokenizer.pretokenize.PreTokenizer;
import dev.rapt.tokenizer.text.ByteOrderMark;
import dev.rapt.tokenizer.text.SplitBehavior;
import dev.rapt.tokenizer.text.TextPattern;
import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.Padding;
import dev.rapt.tokenizer.types.TokenizerFileException;
import dev.rapt.tokenizer.types.Truncation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.POJONode;

/** Reads tokenizer.json. */
public final class TokenizerReader {
  /** Does not intern property names: those of a vocabulary are all different. */
  private static final JsonFactory FACTORY =
      JsonFactory.builder().disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES).build();

  private TokenizerReader() {}

  /**
   * Reads a tokenizer.json.
   *
   * @throws TokenizerFileException if the file cannot be read or is not a valid tokenizer
   */
  public static TokenizerDefinition read(Path path) {
    return read(path.toString(), bytes(path));
  }

  /**
   * Reads the content of a tokenizer.json.
   *
   * @param file named in errors
   * @throws TokenizerFileException if it is not a valid tokenizer
   */
  public static TokenizerDefinition read(String file, byte[] bytes) {
    TableScanner.Tables tables = TableScanner.read(bytes);
    Field root =
        tables == null
            ? root(file, ByteBuffer.wrap(bytes), new ModelTables(file))
            : root(file, tables.rest(), (place, _) -> table(place, tables));
    return definition(root);
  }

  private static @Nullable JsonNode table(String place, TableScanner.Tables tables) {
    return switch (place) {
      case "model.vocab" -> new POJONode(tables.vocabulary());
      case "model.merges" -> new POJONode(tables.merges());
      default -> null;
    };
  }

  /** Reads a JSON file, which must hold an object. */
  static Field root(Path path) {
    return root(path.toString(), ByteBuffer.wrap(bytes(path)), null);
  }

  private static byte[] bytes(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new TokenizerFileException(path.toString(), "", "must be readable, got " + e, e);
    }
  }

  private static Field root(String file, ByteBuffer utf8, JsonTree.@Nullable Shortcut shortcut) {
    JsonNode node;
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
      node = JsonTree.read(FACTORY, ByteOrderMark.skip(text), shortcut);
    } catch (CharacterCodingException e) {
      throw new TokenizerFileException(file, "", "must be UTF-8", e);
    } catch (JacksonException e) {
      String at =
          e.getLocation() == null
              ? ""
              : " at line "
                  + e.getLocation().getLineNr()
                  + ", column "
                  + e.getLocation().getColumnNr();
      throw new TokenizerFileException(
          file, "", "must be valid JSON, got " + e.getOriginalMessage() + at, e);
    }
    Field root = new Field(file, "", node);
    root.object();
    return root;
  }

  private static TokenizerDefinition definition(Field root) {
    if (root.has("version") && !root.get("version").string().equals("1.0")) {
      throw root.get("version").error("must be 1.0");
    }
    Model model = ModelReader.read(root.get("model"));
    List<AddedToken> added =
        root.has("added_tokens")
            ? root.get("added_tokens").list(TokenizerReader::addedToken)
            : List.of();
    return new TokenizerDefinition(
        root.get("truncation").orNull(TokenizerReader::truncation),
        root.get("padding").orNull(TokenizerReader::padding),
        AddedTokenIds.add(model, List.of(), added),
        root.get("normalizer").orNull(TokenizerReader::normalizer),
        root.get("pre_tokenizer").orNull(TokenizerReader::preTokenizer),
        root.get("post_processor").orNull(TokenizerReader::postProcessor),
        root.get("decoder").orNull(TokenizerReader::decoder),
        model);
  }

  private static AddedToken addedToken(Field field) {
    return addedToken(field, field.get("id").count());
  }

  /** Reads an added token whose id is not among its fields. */
  static AddedToken addedToken(Field field, int id) {
    boolean special = field.get("special").bool(false);
    return new AddedToken(
        id,
        field.get("content").string(),
        field.get("single_word").bool(false),
        field.get("lstrip").bool(false),
        field.get("rstrip").bool(false),
        field.get("normalized").bool(!special),
        special);
  }

  private static Truncation truncation(Field field) {
    Field strategy = field.get("strategy");
    return new Truncation(
        field.get("max_length").count(),
        switch (strategy.string("LongestFirst")) {
          case "LongestFirst" -> Truncation.Strategy.LONGEST_FIRST;
          case "OnlyFirst" -> Truncation.Strategy.ONLY_FIRST;
          case "OnlySecond" -> Truncation.Strategy.ONLY_SECOND;
          default -> throw strategy.error("must be LongestFirst, OnlyFirst or OnlySecond");
        },
        field.get("stride").count(0),
        isLeft(field.get("direction")));
  }

  private static boolean isLeft(Field direction) {
    return switch (direction.string("Right")) {
      case "Left" -> true;
      case "Right" -> false;
      default -> throw direction.error("must be Left or Right");
    };
  }

  private static Padding padding(Field field) {
    Field strategy = field.get("strategy");
    int fixed = 0;
    if (strategy.node() != null && strategy.node().isObject()) {
      fixed = strategy.get("Fixed").count();
    } else if (!strategy.string("BatchLongest").equals("BatchLongest")) {
      throw strategy.error("must be BatchLongest or {\"Fixed\": length}");
    }
    int length = fixed;
    return field.at(() ->
        new Padding(
            length,
            isLeft(field.get("direction")),
            field.get("pad_to_multiple_of").count(0),
            field.get("pad_id").count(0),
            field.get("pad_type_id").count(0),
            field.get("pad_token").string("[PAD]")));
  }

  /** Reads a normaliser from its JSON object. */
  public static Normalizer normalizer(JsonNode node) {
    return normalizer(new Field("normalizer", "", node));
  }

  private static Normalizer normalizer(Field field) {
    field.object();
    Field type = field.get("type");
    return switch (type.string()) {
      case "Sequence" ->
          new Normalizer.Sequence(field.get("normalizers").list(TokenizerReader::normalizer));
      case "NFC" -> new Normalizer.Unicode(UnicodeForm.NFC);
      case "NFD" -> new Normalizer.Unicode(UnicodeForm.NFD);
      case "NFKC" -> new Normalizer.Unicode(UnicodeForm.NFKC);
      case "NFKD" -> new Normalizer.Unicode(UnicodeForm.NFKD);
      case "Lowercase" -> new Normalizer.Lowercase();
      case "Strip" ->
          new Normalizer.Strip(
              field.get("strip_left").bool(true), field.get("strip_right").bool(true));
      case "StripAccents" -> new Normalizer.StripAccents();
      case "Nmt" -> new Normalizer.Nmt();
      case "Prepend" -> new Normalizer.Prepend(field.get("prepend").string());
      case "Replace" ->
          new Normalizer.Replace(pattern(field.get("pattern")), field.get("content").string());
      case "ByteLevel" -> new Normalizer.ByteLevel();
      case "BertNormalizer" ->
          new Normalizer.Bert(
              field.get("clean_text").bool(true),
              field.get("handle_chinese_chars").bool(true),
              field.get("strip_accents").orNull(Field::bool),
              field.get("lowercase").bool(true));
      case "Precompiled" -> {
        Field map = field.get("precompiled_charsmap");
        yield new Normalizer.Precompiled(map.at(() -> CharsMap.ofBase64(map.string())));
      }
      default -> throw type.error("must be a known normalizer");
    };
  }

  private static TextPattern pattern(Field field) {
    if (field.has("String")) {
      return new TextPattern.Literal(field.get("String").string());
    }
    Field regex = field.get("Regex");
    return regex.at(() -> new TextPattern.Regex(regex.string()));
  }

  private static SplitBehavior behavior(Field field) {
    for (SplitBehavior behavior : SplitBehavior.values()) {
      if (behavior.jsonName().equals(field.string())) {
        return behavior;
      }
    }
    throw field.error(
        "must be one of Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous");
  }

  private static PreTokenizer.PrependScheme prependScheme(Field field) {
    Field scheme = field.get("prepend_scheme");
    boolean never = !field.get("add_prefix_space").bool(true);
    return switch (scheme.string(never ? "never" : "always")) {
      case "always" -> PreTokenizer.PrependScheme.ALWAYS;
      case "first" -> PreTokenizer.PrependScheme.FIRST;
      case "never" -> PreTokenizer.PrependScheme.NEVER;
      default -> throw scheme.error("must be always, first or never");
    };
  }

  /** Reads a pre-tokenizer from its JSON object. */
  public static PreTokenizer preTokenizer(JsonNode node) {
    return preTokenizer(new Field("pre_tokenizer", "", node));
  }

  private static PreTokenizer preTokenizer(Field field) {
    field.object();
    Field type = field.get("type");
    return switch (type.string()) {
      case "Sequence" ->
          new PreTokenizer.Sequence(field.get("pretokenizers").list(TokenizerReader::preTokenizer));
      case "ByteLevel" ->
          new PreTokenizer.ByteLevel(
              field.get("add_prefix_space").bool(true),
              field.get("trim_offsets").bool(true),
              field.get("use_regex").bool(true));
      case "Split" ->
          new PreTokenizer.Split(
              pattern(field.get("pattern")),
              behavior(field.get("behavior")),
              field.get("invert").bool(false));
      case "Whitespace" -> new PreTokenizer.Whitespace();
      case "WhitespaceSplit" -> new PreTokenizer.WhitespaceSplit();
      case "BertPreTokenizer" -> new PreTokenizer.Bert();
      case "Punctuation" ->
          new PreTokenizer.Punctuation(
              field.has("behavior") ? behavior(field.get("behavior")) : SplitBehavior.ISOLATED);
      case "Digits" -> new PreTokenizer.Digits(field.get("individual_digits").bool(false));
      case "CharDelimiterSplit" ->
          new PreTokenizer.CharDelimiterSplit(field.get("delimiter").character());
      case "FixedLength" ->
          field.get("length").at(() -> new PreTokenizer.FixedLength(field.get("length").count(5)));
      case "Metaspace" ->
          new PreTokenizer.Metaspace(
              field.get("replacement").character(),
              prependScheme(field),
              field.get("split").bool(true));
      case "UnicodeScripts" -> new PreTokenizer.UnicodeScripts();
      default -> throw type.error("must be a known pre-tokenizer");
    };
  }

  private static PostProcessor postProcessor(Field field) {
    field.object();
    Field type = field.get("type");
    return switch (type.string()) {
      case "Sequence" ->
          new PostProcessor.Sequence(field.get("processors").list(TokenizerReader::postProcessor));
      case "ByteLevel" ->
          new PostProcessor.ByteLevel(
              field.get("add_prefix_space").bool(true),
              field.get("trim_offsets").bool(true),
              field.get("use_regex").bool(true));
      case "BertProcessing" ->
          new PostProcessor.Bert(marker(field.get("sep")), marker(field.get("cls")));
      case "RobertaProcessing" ->
          new PostProcessor.Roberta(
              marker(field.get("sep")),
              marker(field.get("cls")),
              field.get("trim_offsets").bool(true),
              field.get("add_prefix_space").bool(true));
      case "TemplateProcessing" -> template(field);
      default -> throw type.error("must be a known post-processor");
    };
  }

  private static PostProcessor.Marker marker(Field field) {
    if (field.array().size() != 2) {
      throw field.error("must be a token and its id");
    }
    JsonNode id = field.array().get(1);
    return new PostProcessor.Marker(
        new Field(field.file(), field.place() + "[0]", field.array().get(0)).string(),
        new Field(field.file(), field.place() + "[1]", id).count());
  }

  private static PostProcessor template(Field field) {
    Map<String, PostProcessor.Template.SpecialToken> tokens = new LinkedHashMap<>();
    Field specials = field.get("special_tokens");
    for (String name : specials.object().propertyNames()) {
      Field token = specials.get(name);
      tokens.put(
          name,
          token.at(() ->
              new PostProcessor.Template.SpecialToken(
                  token.get("id").string(),
                  token.get("ids").list(Field::count),
                  token.get("tokens").list(Field::string))));
    }
    return field.at(() ->
        new PostProcessor.Template(
            field.get("single").list(TokenizerReader::piece),
            field.get("pair").list(TokenizerReader::piece),
            tokens));
  }

  private static PostProcessor.Template.Piece piece(Field field) {
    if (field.has("Sequence")) {
      Field text = field.get("Sequence");
      Field id = text.get("id");
      if (!id.string().equals("A") && !id.string().equals("B")) {
        throw id.error("must be A or B");
      }
      return new PostProcessor.Template.Piece.Text(
          id.string().equals("B"), text.get("type_id").count());
    }
    Field special = field.get("SpecialToken");
    return new PostProcessor.Template.Piece.Special(
        special.get("id").string(), special.get("type_id").count());
  }

  /** Reads a decoder from its JSON object. */
  public static TokenDecoder decoder(JsonNode node) {
    return decoder(new Field("decoder", "", node));
  }

  private static TokenDecoder decoder(Field field) {
    field.object();
    Field type = field.get("type");
    return switch (type.string()) {
      case "Sequence" ->
          new TokenDecoder.Sequence(field.get("decoders").list(TokenizerReader::decoder));
      case "ByteLevel" ->
          new TokenDecoder.ByteLevel(
              field.get("add_prefix_space").bool(true),
              field.get("trim_offsets").bool(true),
              field.get("use_regex").bool(true));
      case "ByteFallback" -> new TokenDecoder.ByteFallback();
      case "Fuse" -> new TokenDecoder.Fuse();
      case "Replace" ->
          new TokenDecoder.Replace(pattern(field.get("pattern")), field.get("content").string());
      case "Strip" ->
          new TokenDecoder.Strip(
              field.get("content").character(),
              field.get("start").count(),
              field.get("stop").count());
      case "Metaspace" ->
          new TokenDecoder.Metaspace(
              field.get("replacement").character(),
              prependScheme(field),
              field.get("split").bool(true));
      case "WordPiece" ->
          new TokenDecoder.WordPiece(field.get("prefix").string(), field.get("cleanup").bool());
      case "BPEDecoder" -> new TokenDecoder.Bpe(field.get("suffix").string());
      case "CTC" ->
          new TokenDecoder.Ctc(
              field.get("pad_token").string(),
              field.get("word_delimiter_token").string(),
              field.get("cleanup").bool());
      default -> throw type.error("must be a known decoder");
    };
  }
}
