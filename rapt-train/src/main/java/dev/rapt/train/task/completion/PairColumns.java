package dev.rapt.train.task.completion;

import dev.rapt.train.example.Example;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Columns of a prompt with a chosen and a rejected answer: those that the user names, else those of
 * data sets for TRL, Axolotl, LLaMA-Factory and OpenAI's fine-tuning.
 *
 * @param prompt column of the prompt; null if both answers begin with it
 * @param chosen column of the better answer
 * @param rejected column of the worse answer
 */
public record PairColumns(@Nullable String prompt, String chosen, String rejected) {
  /** Roles of the columns. */
  public static final List<String> ROLES = List.of("prompt", "chosen", "rejected");

  private static final List<String> PROMPT =
      List.of("prompt", "instruction", "conversations", "question");
  private static final List<String> CHOSEN =
      List.of("chosen", "chosen_response", "preferred_output");
  private static final List<String> REJECTED =
      List.of("rejected", "rejected_response", "non_preferred_output");
  private static final String INPUT = "input";

  /**
   * Returns whether an example has a column of better answers.
   *
   * @param named names of columns by their role
   */
  public static boolean areIn(Map<String, String> named, Example example) {
    return named.containsKey("chosen") || CHOSEN.stream().anyMatch(example.fields()::has);
  }

  /**
   * Finds the columns.
   *
   * @param named names of columns by their role
   * @throws dev.rapt.train.example.ExampleException if the example lacks one
   */
  public static PairColumns find(Map<String, String> named, Example example) {
    return new PairColumns(
        prompt(named, example),
        example.column("chosen", named, CHOSEN),
        example.column("rejected", named, REJECTED));
  }

  /** Returns the column of the prompt, or null if there is none. */
  public static @Nullable String prompt(Map<String, String> named, Example example) {
    if (named.containsKey("prompt") || PROMPT.stream().anyMatch(example.fields()::has)) {
      return example.column("prompt", named, PROMPT);
    }
    return example.has(INPUT) && Messages.areIn(example, INPUT) ? INPUT : null;
  }
}
