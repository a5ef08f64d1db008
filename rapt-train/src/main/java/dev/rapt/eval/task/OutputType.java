package dev.rapt.eval.task;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What a task asks of a model. */
public enum OutputType {
  /** Which of some choices is the likeliest continuation. */
  MULTIPLE_CHOICE,
  /** How likely a continuation is, and whether greedy decoding would give it. */
  LOGLIKELIHOOD,
  /** How likely a whole text is. */
  LOGLIKELIHOOD_ROLLING,
  /** A text, up to a stop string. */
  GENERATE_UNTIL;

  /** Returns the metrics of a task that names none. */
  List<String> usualMetrics() {
    return switch (this) {
      case MULTIPLE_CHOICE -> List.of("acc", "acc_norm");
      case LOGLIKELIHOOD -> List.of("perplexity", "acc");
      case LOGLIKELIHOOD_ROLLING -> List.of("word_perplexity", "byte_perplexity", "bits_per_byte");
      case GENERATE_UNTIL -> List.of("exact_match");
    };
  }

  static OutputType of(YamlNode node) {
    return Arrays.stream(values())
        .filter(type -> type.key().equals(node.text()))
        .findFirst()
        .orElseThrow(() ->
            node.error(
                "must be one of %s, got %s"
                    .formatted(
                        Arrays.stream(values()).map(OutputType::key).toList(), node.text())));
  }

  /** Returns the name in task files. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
