package dev.rapt.eval.judge;

import dev.rapt.tokenizer.chat.Chat;
import dev.rapt.tokenizer.chat.ChatTemplate;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The question to a judge, which answers it with a letter: A for the answer that it reads first, B
 * for the other one, C for a tie.
 *
 * @param text the question, with {request}, {first} and {second} in it
 * @param template writes it as a message to a chat model; null for a plain text, which ends in
 *     "Verdict:"
 */
public record JudgePrompt(String text, @Nullable ChatTemplate template) {
  /** The usual question. */
  public static final String USUAL =
      """
      Compare two answers to a request. Judge whether they do what is asked, are correct, complete \
      and clear. Neither the order nor the length of the answers matters.

      Request:
      {request}

      Answer A:
      {first}

      Answer B:
      {second}

      Which answer is better? Reply with one letter: A, B, or C if both are equally good.\
      """;

  private static final Pattern PLACE = Pattern.compile("\\{(request|first|second)\\}");

  /** Checks that the question has all places. */
  public JudgePrompt {
    List<String> places = PLACE.matcher(text).results().map(MatchResult::group).toList();
    for (String role : AnswerPair.ROLES) {
      if (!places.contains("{" + role + "}")) {
        throw new IllegalArgumentException(
            "judge's prompt: must have the places {request}, {first} and {second}, got no {%s}"
                .formatted(role));
      }
    }
  }

  /**
   * Returns the question about a pair.
   *
   * @param swapped whether the second answer is shown first
   */
  String of(AnswerPair pair, boolean swapped) {
    String question =
        PLACE
            .matcher(text)
            .replaceAll(place ->
                Matcher.quoteReplacement(
                    switch (place.group(1)) {
                      case "request" -> pair.request();
                      case "first" -> swapped ? pair.second() : pair.first();
                      default -> swapped ? pair.first() : pair.second();
                    }));
    return template == null
        ? question + "\nVerdict:"
        : template.render(Chat.of(List.of(Chat.message("user", question))).withGenerationPrompt());
  }

  /** Returns what a judge says for the answer it reads first, for the other, and for a tie. */
  List<String> replies() {
    return template == null ? List.of(" A", " B", " C") : List.of("A", "B", "C");
  }
}
