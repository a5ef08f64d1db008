package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.json.TiktokenReader;
import dev.rapt.tokenizer.json.TokenizerConfig;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.normalize.UnicodeForm;
import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Rank files of tiktoken. What they lack follows from the model they belong to. */
final class RankFiles {
  private RankFiles() {}

  /** Returns whether a file holds ranks. Llama 3 names it like a SentencePiece model. */
  static boolean isRankFile(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] begin = in.readNBytes(1 << 12);
      int line = 0;
      while (line < begin.length && begin[line] >= ' ' && begin[line] <= '~') {
        line++;
      }
      return line > 0 && line < begin.length && (begin[line] == '\n' || begin[line] == '\r');
    } catch (IOException e) {
      throw new TokenizerFileException(file.toString(), "", "must be readable, got " + e, e);
    }
  }

  /**
   * Reads a rank file for the model that the folder, the name of the file or its size tell.
   *
   * @throws TokenizerFileException if nothing tells the model
   */
  static TokenizerDefinition read(Path file, TokenizerConfig config) {
    Map<String, Integer> ranks = TiktokenReader.ranks(file);
    RankModel model =
        find(file, ranks, config)
            .orElseThrow(() ->
                new TokenizerFileException(
                    file.toString(),
                    "",
                    "must belong to a known model, since a rank file has no split pattern, got "
                        + ranks.size()
                        + " ranks, and neither config.json nor tokenizer_config.json names one;"
                        + " add them, or pass --pattern to tokenize ("
                        + labels()
                        + ")",
                    null));
    return definition(model, ranks, config);
  }

  /**
   * Reads a rank file for a model.
   *
   * @param label name of the model
   * @throws IllegalArgumentException if no model has this name
   */
  static TokenizerDefinition read(Path file, TokenizerConfig config, String label) {
    RankModel model =
        first(candidate -> candidate.label().equals(label))
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "--pattern: must be one of " + labels() + ", got " + label));
    return definition(model, TiktokenReader.ranks(file), config);
  }

  private static String labels() {
    return Arrays.stream(RankModel.values())
        .map(RankModel::label)
        .collect(Collectors.joining(", "));
  }

  private static Optional<RankModel> first(Predicate<RankModel> test) {
    return Arrays.stream(RankModel.values()).filter(test).findFirst();
  }

  private static Optional<RankModel> find(
      Path file, Map<String, Integer> ranks, TokenizerConfig config) {
    String tokenizerClass = config.tokenizerClass();
    String remote = config.remoteClass();
    Optional<RankModel> named =
        first(model -> model.hasClass(tokenizerClass) || model.hasClass(remote))
            .or(() -> first(model -> model.hasModelType(config.modelType())))
            .or(() -> first(model -> model.hasFileName(file.getFileName().toString())));
    if (named.isPresent() || !remote.isEmpty()) {
      return named; // code that is not known may split in its own way
    }
    // Only the files of Whisper and CosyVoice have an empty token.
    return first(model -> model.hasNumRanks(ranks.size()))
        .or(() -> first(model -> model == RankModel.WHISPER && ranks.containsKey("")));
  }

  private static TokenizerDefinition definition(
      RankModel model, Map<String, Integer> ranks, TokenizerConfig config) {
    Map<Integer, AddedToken> added = new LinkedHashMap<>();
    RankTokens.of(model, ranks.size(), config.modelVocabSize())
        .forEach((token, id) -> added.put(id, AddedToken.special(id, token)));
    for (AddedToken token : config.addedTokens()) {
      added.values().removeIf(usual -> usual.content().equals(token.content()));
      added.put(token.id(), token);
    }
    @Nullable Normalizer normalizer =
        switch (model) {
          case QWEN, HUNYUAN, STABLELM -> new Normalizer.Unicode(UnicodeForm.NFC);
          default -> null;
        };
    List<AddedToken> tokens = new ArrayList<>(added.values());
    TokenizerDefinition plain =
        TiktokenReader.definition(ranks, normalizer, model.pattern(), tokens);
    String prefix = prefix(model, config);
    return prefix.isEmpty()
        ? plain
        : plain.withPostProcessor(
            Templates.of(
                model.label(), token -> idOf(tokens, token), prefix + " $A", prefix + " $A $B:1"));
  }

  /** Returns the special tokens before a text. */
  private static String prefix(RankModel model, TokenizerConfig config) {
    if (model == RankModel.GLM4 && config.remoteClass().equals("ChatGLM4Tokenizer")) {
      return "[gMASK] <sop>";
    }
    return config.flag("add_bos_token", false) ? config.token("bos_token").orElse("") : "";
  }

  private static int idOf(List<AddedToken> tokens, String content) {
    return tokens.stream()
        .filter(token -> token.content().equals(content))
        .mapToInt(AddedToken::id)
        .findFirst()
        .orElse(-1);
  }
}
