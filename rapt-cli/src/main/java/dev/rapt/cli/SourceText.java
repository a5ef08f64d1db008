package dev.rapt.cli;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.types.AddedToken;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.MissingResourceException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a text becomes the source of an encoder-decoder: what T5 is told to do by a prefix, and how
 * multilingual models are told languages by tokens.
 *
 * @param prefix stands before every text
 * @param sourceLanguage token of the language of the source, where the model has such, else null
 * @param targetLanguage token of the language to write in, else null
 * @param languageAtEnd whether the source's language stands behind the text and the target's in the
 *     place of the start token, as in the first mBART, and not before the text and behind the start
 */
record SourceText(
    String prefix,
    @Nullable Integer sourceLanguage,
    @Nullable Integer targetLanguage,
    boolean languageAtEnd) {

  /** Tokens of languages as mBART, NLLB and M2M100 have them. */
  private static final Pattern LANGUAGE =
      Pattern.compile("[a-z]{2,3}_[A-Za-z]{2,4}|__[a-z]{2,3}__");

  /** Texts as they are, with this prefix. */
  static SourceText plain(String prefix) {
    return new SourceText(prefix, null, null, false);
  }

  /** Texts to summarise: with the prefix given or, without, the one that the folder tells. */
  static SourceText toSummarize(Path folder, @Nullable String prefix) {
    return plain(prefix != null ? prefix : taskPrefix(folder, "summarization").orElse(""));
  }

  /**
   * Texts to translate.
   *
   * @param from language of the texts, or null
   * @param to language to translate into, or null where the model knows one only
   * @throws IllegalArgumentException if the model has no such language
   */
  static SourceText toTranslate(
      Path folder,
      Tokenizer tokenizer,
      @Nullable String from,
      @Nullable String to,
      @Nullable String prefix) {
    ConfigReader config = ConfigReader.of(folder.resolve("config.json"));
    String type = config.requireString("model_type");
    String given = prefix == null ? "" : prefix;
    return switch (type) {
      case "m2m_100", "mbart" -> {
        if (from == null || to == null) {
          throw new IllegalArgumentException(
              "translate: models of type %s need --from and --to".formatted(type));
        }
        boolean atEnd = type.equals("mbart") && !isMbart50(folder);
        yield new SourceText(given, language(tokenizer, from), language(tokenizer, to), atEnd);
      }
      case "marian" -> {
        requireLanguage(folder, "source_lang", "--from", from);
        requireLanguage(folder, "target_lang", "--to", to);
        yield plain((to == null ? "" : targetMark(tokenizer, to)) + given);
      }
      default ->
          plain(
              prefix != null || from != null || to != null
                  ? instruction(folder, from, to, prefix)
                  : "");
    };
  }

  /** Ids of a text. */
  int[] encode(Tokenizer tokenizer, String text) {
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

  /** The code of three letters for one of two: {@code fra} for {@code fr}; others as they are. */
  private static String threeLetters(String code) {
    try {
      return code.length() == 2 ? Locale.of(code).getISO3Language() : code;
    } catch (MissingResourceException e) {
      return code;
    }
  }

  /**
   * The token of a language, named as the model does or by its code: {@code fr} for {@code fr_XX},
   * {@code __fr__} and {@code fra_Latn}. A piece of words that reads like a code is no language.
   */
  private static int language(Tokenizer tokenizer, String name) {
    for (String token : List.of(name, "__" + name + "__")) {
      OptionalInt id = tokenizer.tokenToId(token);
      if (id.isPresent() && LANGUAGE.matcher(token).matches()) {
        return id.getAsInt();
      }
    }
    List<String> known = new ArrayList<>();
    for (var token : tokenizer.addedTokens()) {
      if (LANGUAGE.matcher(token.content()).matches()) {
        known.add(token.content());
      }
    }
    String threeLetters = threeLetters(name);
    List<String> matching =
        known.stream()
            .filter(t -> t.startsWith(name + "_") || t.startsWith(threeLetters + "_"))
            .toList();
    if (matching.size() == 1) {
      return tokenizer.tokenToId(matching.getFirst()).orElseThrow();
    }
    throw new IllegalArgumentException(
        "language: must be one of %s, got %s"
            .formatted(String.join(", ", matching.isEmpty() ? known : matching), name));
  }

  /**
   * What models of several target languages read before the text: {@code >>fra<< }; nothing for
   * those that know one.
   */
  private static String targetMark(Tokenizer tokenizer, String to) {
    List<String> marks =
        tokenizer.addedTokens().stream()
            .map(AddedToken::content)
            .filter(token -> token.startsWith(">>") && token.endsWith("<<"))
            .sorted()
            .toList();
    String mark = ">>" + to + "<<";
    if (!marks.isEmpty() && !marks.contains(mark)) {
      throw new IllegalArgumentException(
          "language: must be one of %s, got %s"
              .formatted(
                  String.join(
                      ", ", marks.stream().map(m -> m.substring(2, m.length() - 2)).toList()),
                  to));
    }
    return marks.isEmpty() ? "" : mark + " ";
  }

  /**
   * Checks a language against that of a model which knows one; such as say nothing are believed.
   *
   * @throws IllegalArgumentException if it is another
   */
  private static void requireLanguage(
      Path folder, String key, String option, @Nullable String language) {
    Path file = folder.resolve("tokenizer_config.json");
    if (language == null || !Files.exists(file)) {
      return;
    }
    String known = ConfigReader.of(file).stringOr(key, "");
    if (known.matches("[a-z]{2,3}") && !threeLetters(known).equals(threeLetters(language))) {
      throw new IllegalArgumentException(
          "%s: must be %s, which the model knows, got %s".formatted(option, known, language));
    }
  }

  /**
   * T5's instruction: as it is given, else as the folder tells it, else in its words.
   *
   * @throws IllegalArgumentException if a language is missing, or there is a prefix beside them
   */
  private static String instruction(
      Path folder, @Nullable String from, @Nullable String to, @Nullable String prefix) {
    if (from == null && to == null) {
      return prefix == null ? "" : prefix;
    }
    if (prefix != null) {
      throw new IllegalArgumentException(
          "--prefix: must come without --from and --to, of which this model is told by it, got both");
    }
    if (from == null || to == null) {
      throw new IllegalArgumentException("translate: --from and --to go together, got one of them");
    }
    return taskPrefix(folder, "translation_%s_to_%s".formatted(from, to))
        .orElseGet(() -> "translate %s to %s: ".formatted(languageName(from), languageName(to)));
  }

  private static String languageName(String language) {
    String name = Locale.of(language).getDisplayLanguage(Locale.ENGLISH);
    return language.length() > 3 || name.equals(language) ? language : name;
  }

  private static Optional<String> taskPrefix(Path folder, String task) {
    return ConfigReader.of(folder.resolve("config.json"))
        .object("task_specific_params")
        .flatMap(tasks -> tasks.object(task))
        .flatMap(params -> params.optionalString("prefix"));
  }

  private static boolean isMbart50(Path folder) {
    Path file = folder.resolve("tokenizer_config.json");
    return Files.exists(file)
        && ConfigReader.of(file).stringOr("tokenizer_class", "").startsWith("MBart50");
  }

  /** Texts without lines that hold nothing. */
  static List<String> lines(String text) {
    return Arrays.stream(text.split("\\R")).filter(line -> !line.isBlank()).toList();
  }
}
