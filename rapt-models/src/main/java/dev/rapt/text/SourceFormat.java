package dev.rapt.text;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.load.StoredModel;
import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a text becomes the source of an encoder-decoder. T5 reads its task from a prefix;
 * multilingual models read languages from special tokens.
 *
 * @param prefix precedes every text
 * @param sourceLanguage token of the source language; null for models without such tokens
 * @param targetLanguage token of the target language; null for models without such tokens
 * @param languageAtEnd as in the first mBART: the source language follows the text, and the target
 *     language replaces the start token; otherwise the source language precedes the text, and the
 *     target language is the first generated token
 */
public record SourceFormat(
    String prefix,
    @Nullable Integer sourceLanguage,
    @Nullable Integer targetLanguage,
    boolean languageAtEnd) {

  /** Plain texts with this prefix. */
  public static SourceFormat plain(String prefix) {
    return new SourceFormat(prefix, null, null, false);
  }

  /**
   * Texts to summarise.
   *
   * @param prefix precedes every text; null for the prefix in the folder's configuration
   */
  public static SourceFormat toSummarize(Path folder, @Nullable String prefix) {
    return plain(prefix != null ? prefix : taskPrefix(folder, "summarization").orElse(""));
  }

  /**
   * Texts to translate.
   *
   * @param from language of the texts; null if the model translates from one language only
   * @param to target language; null if the model translates into one language only
   * @param prefix precedes every text; null for none
   * @throws IllegalArgumentException if the model does not have the language, or needs both
   */
  public static SourceFormat toTranslate(
      Path folder,
      Tokenizer tokenizer,
      @Nullable String from,
      @Nullable String to,
      @Nullable String prefix) {
    ConfigReader config = StoredModel.of(folder).config();
    String type = config.requireString("model_type");
    TranslationLanguages languages = new TranslationLanguages(folder, tokenizer);
    String given = prefix == null ? "" : prefix;
    return switch (type) {
      case "m2m_100", "mbart" -> {
        if (languages.names().isEmpty()) { // of a model that was trained on one pair alone
          if (from != null || to != null) {
            throw new IllegalArgumentException(
                "languages: must be left out, since the tokenizer has no language tokens, got "
                    + (from == null ? to : from));
          }
          yield plain(given);
        }
        if (from == null || to == null) {
          throw new IllegalArgumentException(
              "languages: must be given for source and target, two of %s, got %s"
                  .formatted(languages.names(), from == null && to == null ? "none" : "one"));
        }
        boolean atEnd = type.equals("mbart") && !isMbart50(folder);
        yield new SourceFormat(given, languages.token(from), languages.token(to), atEnd);
      }
      case "marian" -> {
        languages.requireSource(from);
        languages.requireTarget(to);
        yield plain((given.isEmpty() || to != null ? languages.targetPrefix(to) : "") + given);
      }
      default -> plain(from == null && to == null ? given : instruction(folder, from, to, prefix));
    };
  }

  /** Ids of a text, with prefix and language token. */
  public int[] encode(Tokenizer tokenizer, String text) {
    if (sourceLanguage == null) {
      return tokenizer.encode(prefix + text);
    }
    int[] words = tokenizer.encodeWithOffsets(prefix + text, EncodeOptions.PLAIN).ids();
    int eos = tokenizer.eosId().orElse(2);
    int[] ids = new int[words.length + 2];
    System.arraycopy(words, 0, ids, languageAtEnd ? 0 : 1, words.length);
    ids[languageAtEnd ? words.length + 1 : 0] = sourceLanguage;
    ids[languageAtEnd ? words.length : words.length + 1] = eos;
    return ids;
  }

  /**
   * T5's instruction for two languages: the one in the folder's configuration, else T5's own words.
   *
   * @throws IllegalArgumentException if a language is missing, or if there is a prefix too
   */
  private static String instruction(
      Path folder, @Nullable String from, @Nullable String to, @Nullable String prefix) {
    if (prefix != null) {
      throw new IllegalArgumentException(
          "prefix: must be left out if languages are given, since they become this model's prefix,"
              + " got both");
    }
    if (from == null || to == null) {
      throw new IllegalArgumentException(
          "languages: must be given for source and target, got one of them");
    }
    return taskPrefix(folder, "translation_%s_to_%s".formatted(from, to))
        .orElseGet(() -> "translate %s to %s: ".formatted(languageName(from), languageName(to)));
  }

  /** The English name of a language code; other names are returned as they are. */
  private static String languageName(String language) {
    String name = Locale.of(language).getDisplayLanguage(Locale.ENGLISH);
    return language.length() > 3 || name.equals(language) ? language : name;
  }

  private static Optional<String> taskPrefix(Path folder, String task) {
    return StoredModel.of(folder)
        .config()
        .object("task_specific_params")
        .flatMap(tasks -> tasks.object(task))
        .flatMap(params -> params.optionalString("prefix"));
  }

  private static boolean isMbart50(Path folder) {
    Path file = folder.resolve("tokenizer_config.json");
    return Files.exists(file)
        && ConfigReader.of(file).stringOr("tokenizer_class", "").startsWith("MBart50");
  }
}
