package dev.rapt.cli;

import dev.rapt.generate.GeneratedSequence;
import dev.rapt.generate.GenerationOptions;
import dev.rapt.generate.GenerationOptionsBuilder;
import dev.rapt.generate.TokenScore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which results of generation are shown, and how. */
@OptionGroup("Results")
final class ResultArguments {
  private static final int MOST_SEQUENCES = 1000;

  @Option(
      names = "--num-return-sequences",
      paramLabel = "N",
      description =
          "Write N texts, each drawn anew, or the N best of --beams; at most 1000 (default: 1).")
  private int numSequences = 1;

  @Option(
      names = "--json",
      description = "Print one JSON object for each text that is read, a line each.")
  private boolean json;

  @Option(
      names = "--logprobs",
      paramLabel = "N",
      description =
          "With --json: tell log-probabilities of each token and of N alternatives, not of beams.")
  private @Nullable Integer logProbs;

  /** Whether a program reads the results. */
  boolean json() {
    return json;
  }

  /** Sequences for each text. */
  int numSequences() {
    return numSequences;
  }

  /**
   * The options with what is asked for here.
   *
   * @throws IllegalArgumentException if a value is out of range, or options contradict each other
   */
  GenerationOptions with(GenerationOptions options) {
    if (numSequences < 1 || numSequences > MOST_SEQUENCES) {
      throw new IllegalArgumentException(
          "--num-return-sequences: must be from 1 to %d, got %d"
              .formatted(MOST_SEQUENCES, numSequences));
    }
    GenerationOptionsBuilder builder = options.toBuilder().numReturnSequences(numSequences);
    if (logProbs != null) {
      Numbers.atLeast(0, "--logprobs", logProbs);
      if (!json) {
        throw new IllegalArgumentException("--logprobs: must come with --json, got it alone");
      }
      builder.topLogProbs(logProbs);
    }
    return builder.build();
  }

  /** Puts sequences into an object for a program: one by itself, several as a list. */
  static void put(List<GeneratedSequence> sequences, Map<String, Object> map) {
    if (sequences.size() == 1) {
      map.putAll(toMap(sequences.getFirst()));
    } else {
      map.put("sequences", sequences.stream().map(ResultArguments::toMap).toList());
    }
  }

  private static Map<String, Object> toMap(GeneratedSequence sequence) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("text", sequence.text());
    map.put("tokens", sequence.newIds().length);
    map.put("ids", sequence.newIds());
    map.put("finish_reason", sequence.finishReason().name().toLowerCase(Locale.ROOT));
    if (!Double.isNaN(sequence.score())) {
      map.put("score", sequence.score());
    }
    if (!sequence.tokenScores().isEmpty()) {
      map.put("logprobs", sequence.tokenScores().stream().map(ResultArguments::toMap).toList());
    }
    return map;
  }

  private static Map<String, Object> toMap(TokenScore score) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("id", score.token());
    map.put("logprob", score.logProb());
    if (!score.alternatives().isEmpty()) {
      map.put(
          "alternatives",
          score.alternatives().stream()
              .map(other -> Map.of("id", other.token(), "logprob", other.logProb()))
              .toList());
    }
    return map;
  }
}
