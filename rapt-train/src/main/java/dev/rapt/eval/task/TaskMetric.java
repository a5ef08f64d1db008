package dev.rapt.eval.task;

import dev.rapt.eval.figure.Aggregation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A metric of a task.
 *
 * @param name its name in task files
 * @param aggregation how its figure follows from the examples
 * @param exactMatch what {@code exact_match} ignores; null for other metrics
 * @param node where the task names it; null if it does not
 */
record TaskMetric(
    String name,
    boolean higherIsBetter,
    Aggregation aggregation,
    @Nullable ExactMatch exactMatch,
    @Nullable YamlNode node) {

  /** What is known about a metric: its aggregation in task files, and here. */
  private record Kind(String written, Aggregation aggregation, boolean higherIsBetter) {}

  private static final Kind MEAN = new Kind("mean", Aggregation.MEAN, true);

  private static final Map<OutputType, Map<String, Kind>> KNOWN =
      Map.of(
          OutputType.MULTIPLE_CHOICE,
          Map.ofEntries(
              Map.entry("acc", MEAN),
              Map.entry("acc_norm", MEAN),
              Map.entry("acc_bytes", MEAN),
              Map.entry("acc_mutual_info", MEAN),
              Map.entry("exact_match", MEAN),
              Map.entry("f1", new Kind("f1", Aggregation.F1, true)),
              Map.entry("mcc", new Kind("matthews_corrcoef", Aggregation.MATTHEWS, true)),
              Map.entry("brier_score", new Kind("brier_score", Aggregation.MEAN, false)),
              Map.entry("ece", new Kind("ece", Aggregation.CALIBRATION, false))),
          OutputType.LOGLIKELIHOOD,
          Map.of("acc", MEAN, "perplexity", perplexity("perplexity")),
          OutputType.LOGLIKELIHOOD_ROLLING,
          Map.of(
              "word_perplexity",
              perplexity("weighted_perplexity"),
              "byte_perplexity",
              perplexity("weighted_perplexity"),
              "bits_per_byte",
              new Kind("bits_per_byte", Aggregation.BITS, false)),
          OutputType.GENERATE_UNTIL,
          Map.of(
              "exact_match",
              MEAN,
              "bleu",
              new Kind("bleu", Aggregation.BLEU, true),
              "chrf",
              new Kind("chrf", Aggregation.CHRF, true),
              "chrf++",
              new Kind("chrf++", Aggregation.CHRF, true)));

  private static Kind perplexity(String written) {
    return new Kind(written, Aggregation.PERPLEXITY, false);
  }

  /** Reads {@code metric_list}; without one, the usual metrics of the output type. */
  static List<TaskMetric> read(@Nullable YamlNode list, OutputType type) {
    List<TaskMetric> metrics = new ArrayList<>();
    if (list == null) {
      for (String name : type.usualMetrics()) {
        Kind kind = kind(type, name);
        ExactMatch exact = new ExactMatch(List.of(), false, false, false);
        metrics.add(
            new TaskMetric(
                name,
                kind.higherIsBetter,
                kind.aggregation,
                name.equals("exact_match") ? exact : null,
                null));
      }
      return metrics;
    }
    for (YamlNode entry : list.elements()) {
      metrics.add(entry(entry, type));
    }
    return metrics;
  }

  private static Kind kind(OutputType type, String name) {
    Map<String, Kind> kinds = KNOWN.getOrDefault(type, Map.of());
    Kind kind = kinds.get(name);
    if (kind == null) {
      throw new IllegalArgumentException(
          "must be one of %s for the output type %s, got %s"
              .formatted(kinds.keySet().stream().sorted().toList(), type.key(), name));
    }
    return kind;
  }

  private static TaskMetric entry(YamlNode entry, OutputType type) {
    TaskKeys keys = TaskKeys.of(entry);
    YamlNode name = keys.require("metric");
    Kind kind;
    try {
      kind = kind(type, name.text());
    } catch (IllegalArgumentException e) {
      throw name.error(String.valueOf(e.getMessage()));
    }
    keys.find("aggregation")
        .ifPresent(node -> {
          boolean isNanMean = kind.written.equals("mean") && node.text().equals("nanmean");
          if (!node.text().equals(kind.written) && !isNanMean) {
            throw node.error(
                "must be %s for %s, got %s".formatted(kind.written, name.text(), node.text()));
          }
        });
    boolean isText = name.text().equals("exact_match") && type == OutputType.GENERATE_UNTIL;
    ExactMatch exact = isText ? ExactMatch.read(keys) : null;
    boolean higherIsBetter = keys.flagOr("higher_is_better", kind.higherIsBetter);
    keys.refuseOthers();
    return new TaskMetric(name.text(), higherIsBetter, kind.aggregation, exact, name);
  }
}
