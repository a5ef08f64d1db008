package dev.rapt.cli.text;

import dev.rapt.cli.files.TextSource;
import dev.rapt.cli.options.OptionGroup;
import dev.rapt.cli.output.CommandException;
import dev.rapt.generate.constrain.Grammar;
import dev.rapt.generate.constrain.TokenConstraint;
import dev.rapt.generate.search.FinishReason;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.text.TextModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What generated text must match: a JSON Schema, a grammar, a regular expression or a choice. */
@OptionGroup("Constraints")
public final class ConstraintArguments {
  @Option(
      names = "--schema",
      paramLabel = "FILE",
      description =
          "Generates JSON that satisfies the JSON Schema in this file, with the properties in its"
              + " order; refuses keywords that it cannot enforce.")
  private @Nullable Path schema;

  @Option(
      names = "--grammar",
      paramLabel = "FILE",
      description =
          "Generates text that the grammar in this file describes, in the GBNF format of"
              + " llama.cpp.")
  private @Nullable Path grammar;

  @Option(
      names = "--regex",
      paramLabel = "RE",
      description =
          "Generates text that this regular expression matches as a whole; without look-around and"
              + " back-references.")
  private @Nullable String regex;

  @Option(
      names = "--choice",
      paramLabel = "TEXT",
      description = "Generates one of these texts; give the option once for each.")
  private List<String> choices = new ArrayList<>();

  /** Whether text is constrained. */
  public boolean isSet() {
    return !given().isEmpty();
  }

  /** The options that are given. */
  public List<String> given() {
    List<String> given = new ArrayList<>();
    if (schema != null) {
      given.add("--schema");
    }
    if (grammar != null) {
      given.add("--grammar");
    }
    if (regex != null) {
      given.add("--regex");
    }
    if (!choices.isEmpty()) {
      given.add("--choice");
    }
    return given;
  }

  /**
   * Reads the grammar; null if text is free.
   *
   * @throws IllegalArgumentException if several options are given, or one is malformed
   * @throws CommandException if a file is missing or malformed; names the file and the place in it
   */
  public @Nullable Grammar read() throws IOException {
    if (given().size() > 1) {
      throw new IllegalArgumentException(
          "%s: must come without other constraints, got %s; leave one out"
              .formatted(given().getFirst(), String.join(" and ", given())));
    }
    if (schema != null) {
      return file(schema, "schema: ", Grammar::ofJsonSchema);
    }
    if (grammar != null) {
      return file(grammar, "grammar: ", Grammar::ofGbnf);
    }
    String pattern = regex;
    if (pattern != null) {
      return argument("--regex", "regular expression: ", () -> Grammar.ofRegex(pattern));
    }
    return choices.isEmpty()
        ? null
        : argument("--choice", "choices: ", () -> Grammar.ofChoices(choices));
  }

  private static Grammar file(Path file, String subject, Function<String, Grammar> parse)
      throws IOException {
    String text = TextSource.read(null, file);
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException e) {
      throw new CommandException(file + ": " + without(subject, e), e);
    }
  }

  private static <T> T argument(String option, String subject, Supplier<T> work) {
    try {
      return work.get();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(option + ": " + without(subject, e), e);
    }
  }

  private static String without(String subject, IllegalArgumentException e) {
    String message = String.valueOf(e.getMessage());
    return message.startsWith(subject) ? message.substring(subject.length()) : message;
  }

  /**
   * The constraint for a model; null if text is free.
   *
   * @throws IllegalArgumentException if the model's tokens cannot write any text of the grammar
   */
  public @Nullable TokenConstraint of(@Nullable Grammar read, TextModel model) {
    if (read == null) {
      return null;
    }
    return argument(given().getFirst(), "grammar: ", () -> model.constraint(read));
  }

  /** A note if a text ends before it matches the constraint. */
  public Optional<String> note(List<GeneratedSequence> sequences) {
    boolean isCut =
        isSet()
            && sequences.stream()
                .anyMatch(sequence -> sequence.finishReason() == FinishReason.LENGTH);
    return isCut
        ? Optional.of(
            "the text ends before %s is complete; raise --max-new-tokens"
                .formatted(given().getFirst()))
        : Optional.empty();
  }
}
