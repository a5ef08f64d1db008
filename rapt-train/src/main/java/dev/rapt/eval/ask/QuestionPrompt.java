package dev.rapt.eval.ask;

import dev.rapt.train.example.Example;
import java.util.List;
import java.util.Map;

/**
 * A few-shot prompt: answered questions, and then one without an answer (Brown et al., Language
 * Models are Few-Shot Learners, arXiv:2005.14165, section 2).
 *
 * @param shown the answered questions
 */
public record QuestionPrompt(List<Shown> shown) {
  private static final List<String> QUESTIONS =
      List.of("question", "text", "sentence", "input", "prompt", "query");
  private static final List<String> ANSWERS =
      List.of("answer", "label", "output", "target", "completion");

  /** An answered question. */
  public record Shown(String question, String answer) {}

  /** Copies the list. */
  public QuestionPrompt {
    shown = List.copyOf(shown);
  }

  /**
   * Reads the answered questions of a table.
   *
   * @param columns names of the columns {@code question} and {@code answer}; without one, the first
   *     of the usual names
   * @param choices texts that the answers must be among; empty for any
   * @throws dev.rapt.train.example.ExampleException if an example has no question or answer, or
   *     another answer
   */
  public static QuestionPrompt of(
      List<Example> examples, Map<String, String> columns, List<String> choices) {
    return new QuestionPrompt(
        examples.stream()
            .map(example -> {
              String question = example.column("question", columns, QUESTIONS);
              String answer = example.text(example.column("answer", columns, ANSWERS));
              if (!choices.isEmpty() && !choices.contains(answer)) {
                throw example.error(
                    "must have an answer among the choices %s, got \"%s\""
                        .formatted(String.join(", ", choices), answer));
              }
              return new Shown(example.text(question), answer);
            })
            .toList());
  }

  /** Returns the prompt of a question, up to where the answer begins. */
  public String of(String question) {
    StringBuilder prompt = new StringBuilder();
    for (Shown each : shown) {
      prompt.append("Question: ").append(each.question).append("\nAnswer: ");
      prompt.append(each.answer).append("\n\n");
    }
    return prompt.append("Question: ").append(question).append("\nAnswer:").toString();
  }
}
