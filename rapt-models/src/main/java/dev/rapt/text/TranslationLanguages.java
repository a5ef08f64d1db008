package dev.rapt.text;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.types.AddedToken;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.MissingResourceException;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The languages of a translation model, found by their codes. */
final class TranslationLanguages {
  /** Language tokens of mBART, NLLB and M2M100. */
  private static final Pattern LANGUAGE =
      Pattern.compile("[a-z]{2,3}_[A-Za-z]{2,4}|__[a-z]{2,3}__");

  private final Path folder;
  private final Tokenizer tokenizer;

  TranslationLanguages(Path folder, Tokenizer tokenizer) {
    this.folder = folder;
    this.tokenizer = tokenizer;
  }

  /**
   * The token of a language, named by the token itself or by a code: {@code fr} for {@code fr_XX},
   * {@code __fr__} and {@code fra_Latn}.
   *
   * @throws IllegalArgumentException if there is no such language, or if several match
   */
  int token(String name) {
    for (String token : List.of(name, "__" + name + "__")) {
      OptionalInt id = tokenizer.tokenToId(token);
      // A word piece may read like a code: only the form of a language token counts.
      if (id.isPresent() && LANGUAGE.matcher(token).matches()) {
        return id.getAsInt();
      }
    }
    List<String> known = tokens();
    String threeLetters = threeLetters(name);
    List<String> matching =
        known.stream()
            .filter(t -> t.startsWith(name + "_") || t.startsWith(threeLetters + "_"))
            .toList();
    if (matching.size() == 1) {
      return tokenizer.tokenToId(matching.getFirst()).orElseThrow();
    }
    throw unknown(matching.isEmpty() ? known : matching, name);
  }

  private List<String> tokens() {
    return tokenizer.addedTokens().stream()
        .map(AddedToken::content)
        .filter(token -> LANGUAGE.matcher(token).matches())
        .toList();
  }

  /** The languages that have a token, for a message. */
  String names() {
    return String.join(", ", tokens());
  }

  /**
   * The prefix by which Marian models with several target languages choose one: {@code >>fra<< }.
   * Empty for models with one target language.
   *
   * @param to the language; null if the model has one
   * @throws IllegalArgumentException if the model does not have the language, or if none is given
   *     and the model has several
   */
  String targetPrefix(@Nullable String to) {
    List<String> prefixes =
        tokenizer.addedTokens().stream()
            .map(AddedToken::content)
            .filter(token -> token.startsWith(">>") && token.endsWith("<<"))
            .sorted()
            .toList();
    String prefix = ">>" + to + "<<";
    if (!prefixes.isEmpty() && !prefixes.contains(prefix)) {
      throw unknown(
          prefixes.stream().map(p -> p.substring(2, p.length() - 2)).toList(),
          to == null ? "none" : to);
    }
    return prefixes.isEmpty() ? "" : prefix + " ";
  }

  /** Checks the source language of a model that has one; null passes. */
  void requireSource(@Nullable String language) {
    require("source", language);
  }

  /** Checks the target language of a model that has one; null passes. */
  void requireTarget(@Nullable String language) {
    require("target", language);
  }

  private void require(String side, @Nullable String language) {
    Path file = folder.resolve("tokenizer_config.json");
    if (language == null || !Files.exists(file)) {
      return;
    }
    String known = ConfigReader.of(file).stringOr(side + "_lang", "");
    if (known.matches("[a-z]{2,3}") && !threeLetters(known).equals(threeLetters(language))) {
      throw new IllegalArgumentException(
          "%s language: must be %s, the only one of this model, got %s"
              .formatted(side, known, language));
    }
  }

  private static IllegalArgumentException unknown(List<String> known, String got) {
    return new IllegalArgumentException(
        "language: must be one of %s, got %s".formatted(String.join(", ", known), got));
  }

  /** The code of three letters for one of two: {@code fra} for {@code fr}; others unchanged. */
  private static String threeLetters(String code) {
    try {
      return code.length() == 2 ? Locale.of(code).getISO3Language() : code;
    } catch (MissingResourceException e) {
      return code;
    }
  }
}
