package dev.rapt.tokenizer.json;

import dev.rapt.tokenizer.decode.TokenDecoder;
import dev.rapt.tokenizer.model.BpeModel;
import dev.rapt.tokenizer.model.MappedModel;
import dev.rapt.tokenizer.model.Model;
import dev.rapt.tokenizer.model.PieceModel;
import dev.rapt.tokenizer.model.UnigramModel;
import dev.rapt.tokenizer.model.Vocabulary;
import dev.rapt.tokenizer.model.WordLevelModel;
import dev.rapt.tokenizer.model.WordPieceModel;
import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.postprocess.PostProcessor;
import dev.rapt.tokenizer.pretokenize.PreTokenizer;
import dev.rapt.tokenizer.text.TextPattern;
import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.Padding;
import dev.rapt.tokenizer.types.Truncation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Writes tokenizer.json in the format of Hugging Face tokenizers. */
public final class TokenizerWriter {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private TokenizerWriter() {}

  /** Writes a tokenizer.json to a temporary file, syncs it, and renames it. */
  public static void write(TokenizerDefinition definition, Path path) throws IOException {
    writeAtomically(json(definition), path);
  }

  /** Returns the content of a tokenizer.json on one line. */
  public static String text(TokenizerDefinition definition) {
    return MAPPER.writeValueAsString(json(definition));
  }

  /** Writes the names of special tokens (like {@code bos_token}) as tokenizer_config.json. */
  public static void writeConfig(Map<String, String> tokenNames, Path path) throws IOException {
    ObjectNode root = NODES.objectNode();
    root.put("tokenizer_class", "PreTrainedTokenizerFast");
    root.put("clean_up_tokenization_spaces", false);
    tokenNames.forEach(root::put);
    writeAtomically(root, path);
  }

  private static void writeAtomically(JsonNode root, Path path) throws IOException {
    byte[] bytes =
        MAPPER
            .writerWithDefaultPrettyPrinter()
            .writeValueAsString(root)
            .getBytes(StandardCharsets.UTF_8);
    Path target = path.toAbsolutePath();
    Path folder = Objects.requireNonNull(target.getParent(), "path");
    Files.createDirectories(folder);
    // not createTempFile, whose files only their owner may read
    Path aside = folder.resolve("." + target.getFileName() + "-" + UUID.randomUUID() + ".part");
    try {
      try (FileChannel channel =
          FileChannel.open(aside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(true);
      }
      Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(aside);
    }
  }

  private static JsonNode json(TokenizerDefinition definition) {
    ObjectNode root = NODES.objectNode();
    root.put("version", "1.0");
    root.set("truncation", orNull(definition.truncation(), TokenizerWriter::truncation));
    root.set("padding", orNull(definition.padding(), TokenizerWriter::padding));
    List<AddedToken> added =
        definition.addedTokens().stream()
            .sorted(java.util.Comparator.comparingInt(AddedToken::id))
            .toList();
    root.set("added_tokens", array(added, TokenizerWriter::addedToken));
    root.set("normalizer", orNull(definition.normalizer(), TokenizerWriter::normalizer));
    root.set("pre_tokenizer", orNull(definition.preTokenizer(), TokenizerWriter::preTokenizer));
    root.set("post_processor", orNull(definition.postProcessor(), TokenizerWriter::postProcessor));
    root.set("decoder", orNull(definition.decoder(), TokenizerWriter::decoder));
    root.set("model", model(definition.model()));
    return root;
  }

  private static <T> JsonNode orNull(@Nullable T value, Function<T, JsonNode> write) {
    return value == null ? NODES.nullNode() : write.apply(value);
  }

  private static <T> ArrayNode array(List<T> values, Function<T, JsonNode> write) {
    ArrayNode array = NODES.arrayNode();
    values.forEach(value -> array.add(write.apply(value)));
    return array;
  }

  private static ObjectNode typed(String type) {
    return NODES.objectNode().put("type", type);
  }

  private static JsonNode addedToken(AddedToken token) {
    return NODES
        .objectNode()
        .put("id", token.id())
        .put("content", token.content())
        .put("single_word", token.singleWord())
        .put("lstrip", token.lstrip())
        .put("rstrip", token.rstrip())
        .put("normalized", token.normalized())
        .put("special", token.special());
  }

  private static JsonNode truncation(Truncation truncation) {
    return NODES
        .objectNode()
        .put("direction", truncation.left() ? "Left" : "Right")
        .put("max_length", truncation.maxLength())
        .put(
            "strategy",
            switch (truncation.strategy()) {
              case LONGEST_FIRST -> "LongestFirst";
              case ONLY_FIRST -> "OnlyFirst";
              case ONLY_SECOND -> "OnlySecond";
            })
        .put("stride", truncation.stride());
  }

  private static JsonNode padding(Padding padding) {
    ObjectNode node = NODES.objectNode();
    if (padding.fixedLength() > 0) {
      node.set("strategy", NODES.objectNode().put("Fixed", padding.fixedLength()));
    } else {
      node.put("strategy", "BatchLongest");
    }
    node.put("direction", padding.left() ? "Left" : "Right");
    if (padding.multipleOf() > 0) {
      node.put("pad_to_multiple_of", padding.multipleOf());
    } else {
      node.putNull("pad_to_multiple_of");
    }
    return node.put("pad_id", padding.padId())
        .put("pad_type_id", padding.padTypeId())
        .put("pad_token", padding.padToken());
  }

  private static JsonNode pattern(TextPattern pattern) {
    return switch (pattern) {
      case TextPattern.Literal literal -> NODES.objectNode().put("String", literal.source());
      case TextPattern.Regex regex -> NODES.objectNode().put("Regex", regex.source());
    };
  }

  private static JsonNode normalizer(Normalizer normalizer) {
    return switch (normalizer) {
      case Normalizer.Sequence sequence ->
          typed("Sequence")
              .set("normalizers", array(sequence.parts(), TokenizerWriter::normalizer));
      case Normalizer.Unicode unicode -> typed(unicode.form().name());
      case Normalizer.Lowercase _ -> typed("Lowercase");
      case Normalizer.Strip strip ->
          typed("Strip").put("strip_left", strip.left()).put("strip_right", strip.right());
      case Normalizer.StripAccents _ -> typed("StripAccents");
      case Normalizer.Prepend prepend -> typed("Prepend").put("prepend", prepend.prefix());
      case Normalizer.Replace replace -> {
        ObjectNode node = typed("Replace");
        node.set("pattern", pattern(replace.pattern()));
        yield node.put("content", replace.content());
      }
      case Normalizer.ByteLevel _ -> typed("ByteLevel");
      case Normalizer.Nmt _ -> typed("Nmt");
      case Normalizer.Bert bert -> {
        ObjectNode node =
            typed("BertNormalizer")
                .put("clean_text", bert.cleanText())
                .put("handle_chinese_chars", bert.handleChineseChars());
        if (bert.stripAccents() == null) {
          node.putNull("strip_accents");
        } else {
          node.put("strip_accents", bert.stripAccents());
        }
        yield node.put("lowercase", bert.lowercase());
      }
      case Normalizer.Precompiled precompiled ->
          typed("Precompiled").put("precompiled_charsmap", precompiled.charsMap().toBase64());
      case Normalizer.SentencePiece _ -> throw pieceLibrary();
    };
  }

  private static IllegalArgumentException pieceLibrary() {
    return new IllegalArgumentException(
        "tokenizer.json: the format cannot express a SentencePiece model as its library runs it;"
            + " load it by loadToSave, or copy the files of the tokenizer");
  }

  private static ObjectNode byteLevel(boolean prefix, boolean trimOffsets, boolean useRegex) {
    return typed("ByteLevel")
        .put("add_prefix_space", prefix)
        .put("trim_offsets", trimOffsets)
        .put("use_regex", useRegex);
  }

  private static ObjectNode metaspace(
      int replacement, PreTokenizer.PrependScheme scheme, boolean splits) {
    return typed("Metaspace")
        .put("replacement", Character.toString(replacement))
        .put("prepend_scheme", scheme.name().toLowerCase(Locale.ROOT))
        .put("split", splits);
  }

  private static JsonNode preTokenizer(PreTokenizer preTokenizer) {
    return switch (preTokenizer) {
      case PreTokenizer.Sequence sequence ->
          typed("Sequence")
              .set("pretokenizers", array(sequence.parts(), TokenizerWriter::preTokenizer));
      case PreTokenizer.ByteLevel b -> byteLevel(b.addPrefixSpace(), b.trimOffsets(), b.useRegex());
      case PreTokenizer.Split split -> {
        ObjectNode node = typed("Split");
        node.set("pattern", pattern(split.pattern()));
        yield node.put("behavior", split.behavior().jsonName()).put("invert", split.invert());
      }
      case PreTokenizer.Whitespace _ -> typed("Whitespace");
      case PreTokenizer.WhitespaceSplit _ -> typed("WhitespaceSplit");
      case PreTokenizer.Bert _ -> typed("BertPreTokenizer");
      case PreTokenizer.Punctuation punctuation ->
          typed("Punctuation").put("behavior", punctuation.behavior().jsonName());
      case PreTokenizer.Digits digits ->
          typed("Digits").put("individual_digits", digits.individualDigits());
      case PreTokenizer.CharDelimiterSplit split ->
          typed("CharDelimiterSplit").put("delimiter", Character.toString(split.delimiter()));
      case PreTokenizer.FixedLength fixed -> typed("FixedLength").put("length", fixed.chars());
      case PreTokenizer.Metaspace m -> metaspace(m.replacement(), m.prependScheme(), m.splits());
      case PreTokenizer.UnicodeScripts _ -> typed("UnicodeScripts");
    };
  }

  private static ArrayNode marker(PostProcessor.Marker marker) {
    return NODES.arrayNode().add(marker.token()).add(marker.id());
  }

  private static JsonNode postProcessor(PostProcessor postProcessor) {
    return switch (postProcessor) {
      case PostProcessor.Sequence sequence ->
          typed("Sequence")
              .set("processors", array(sequence.parts(), TokenizerWriter::postProcessor));
      case PostProcessor.ByteLevel b ->
          byteLevel(b.addPrefixSpace(), b.trimOffsets(), b.useRegex());
      case PostProcessor.Bert bert -> {
        ObjectNode node = typed("BertProcessing");
        node.set("sep", marker(bert.sep()));
        node.set("cls", marker(bert.cls()));
        yield node;
      }
      case PostProcessor.Roberta roberta -> {
        ObjectNode node = typed("RobertaProcessing");
        node.set("sep", marker(roberta.sep()));
        node.set("cls", marker(roberta.cls()));
        yield node.put("trim_offsets", roberta.trimOffsets())
            .put("add_prefix_space", roberta.addPrefixSpace());
      }
      case PostProcessor.Template template -> template(template);
    };
  }

  private static JsonNode template(PostProcessor.Template template) {
    ObjectNode node = typed("TemplateProcessing");
    node.set("single", array(template.single(), TokenizerWriter::piece));
    node.set("pair", array(template.pair(), TokenizerWriter::piece));
    ObjectNode tokens = node.putObject("special_tokens");
    template
        .specialTokens()
        .forEach((name, token) -> {
          ObjectNode special = tokens.putObject(name).put("id", token.id());
          token.ids().forEach(special.putArray("ids")::add);
          token.tokens().forEach(special.putArray("tokens")::add);
        });
    return node;
  }

  private static JsonNode piece(PostProcessor.Template.Piece piece) {
    ObjectNode node = NODES.objectNode();
    switch (piece) {
      case PostProcessor.Template.Piece.Text text ->
          node.putObject("Sequence")
              .put("id", text.second() ? "B" : "A")
              .put("type_id", text.typeId());
      case PostProcessor.Template.Piece.Special special ->
          node.putObject("SpecialToken").put("id", special.id()).put("type_id", special.typeId());
    }
    return node;
  }

  private static JsonNode decoder(TokenDecoder decoder) {
    return switch (decoder) {
      case TokenDecoder.Sequence sequence ->
          typed("Sequence").set("decoders", array(sequence.parts(), TokenizerWriter::decoder));
      case TokenDecoder.ByteLevel b -> byteLevel(b.addPrefixSpace(), b.trimOffsets(), b.useRegex());
      case TokenDecoder.ByteFallback _ -> typed("ByteFallback");
      case TokenDecoder.Fuse _ -> typed("Fuse");
      case TokenDecoder.Replace replace -> {
        ObjectNode node = typed("Replace");
        node.set("pattern", pattern(replace.pattern()));
        yield node.put("content", replace.content());
      }
      case TokenDecoder.Strip strip ->
          typed("Strip")
              .put("content", Character.toString(strip.content()))
              .put("start", strip.start())
              .put("stop", strip.stop());
      case TokenDecoder.Metaspace m -> metaspace(m.replacement(), m.prependScheme(), m.splits());
      case TokenDecoder.WordPiece wordPiece ->
          typed("WordPiece").put("prefix", wordPiece.prefix()).put("cleanup", wordPiece.cleanup());
      case TokenDecoder.Bpe bpe -> typed("BPEDecoder").put("suffix", bpe.suffix());
      case TokenDecoder.Ctc ctc ->
          typed("CTC")
              .put("pad_token", ctc.padToken())
              .put("word_delimiter_token", ctc.wordDelimiterToken())
              .put("cleanup", ctc.cleanup());
      case TokenDecoder.SentencePiece _ -> throw pieceLibrary();
    };
  }

  private static JsonNode model(Model model) {
    return switch (model) {
      case BpeModel bpe -> bpe(bpe);
      case WordPieceModel wordPiece -> {
        ObjectNode node =
            typed("WordPiece")
                .put("unk_token", wordPiece.unkToken())
                .put("continuing_subword_prefix", wordPiece.continuingSubwordPrefix())
                .put("max_input_chars_per_word", wordPiece.maxCharsPerWord());
        node.set("vocab", vocabulary(wordPiece.vocabulary()));
        yield node;
      }
      case WordLevelModel wordLevel -> {
        ObjectNode node = typed("WordLevel");
        node.set("vocab", vocabulary(wordLevel.vocabulary()));
        yield node.put("unk_token", wordLevel.unkToken());
      }
      case UnigramModel unigram -> unigram(unigram);
      case PieceModel _ -> throw pieceLibrary();
      case MappedModel _ ->
          throw new IllegalArgumentException(
              "tokenizer.json: the format has no pieces with ids in vocab.json, which Marian and"
                  + " M2M100 use; copy the files of the tokenizer instead");
    };
  }

  private static JsonNode bpe(BpeModel bpe) {
    BpeModel.Options options = bpe.options();
    ObjectNode node =
        typed("BPE")
            .putNull("dropout")
            .put("unk_token", options.unkToken())
            .put("continuing_subword_prefix", options.continuingSubwordPrefix())
            .put("end_of_word_suffix", options.endOfWordSuffix())
            .put("fuse_unk", options.fuseUnk())
            .put("byte_fallback", options.byteFallback())
            .put("ignore_merges", options.ignoreMerges());
    node.set("vocab", vocabulary(bpe.vocabulary()));
    ArrayNode merges = node.putArray("merges");
    for (int i = 0; i < bpe.numMerges(); i++) {
      merges.add(NODES.arrayNode().add(bpe.tokenOf(bpe.left(i))).add(bpe.tokenOf(bpe.right(i))));
    }
    return node;
  }

  private static JsonNode unigram(UnigramModel unigram) {
    ObjectNode node = typed("Unigram");
    if (unigram.unkId() < 0) {
      node.putNull("unk_id");
    } else {
      node.put("unk_id", unigram.unkId());
    }
    node.set(
        "vocab",
        array(unigram.pieces(), piece -> NODES.arrayNode().add(piece.token()).add(piece.score())));
    return node.put("byte_fallback", unigram.byteFallback());
  }

  private static JsonNode vocabulary(Vocabulary vocabulary) {
    ObjectNode node = NODES.objectNode();
    vocabulary.asMap().entrySet().stream()
        .sorted(
            Map.Entry.<String, Integer>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
        .forEach(entry -> node.put(entry.getKey(), entry.getValue()));
    return node;
  }
}
