package dev.rapt.cli.text;

import dev.rapt.cli.options.OptionGroup;
import dev.rapt.cli.options.Range;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.options.GenerationOptionsBuilder;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.generate.search.TokenScore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options for the output of generation. */
@OptionGroup("Results")
public final class ResultArguments {
  private static final int MAX_SEQUENCES = 1000;

  @Option(
      names = "--num-return-sequences",
      paramLabel = "N",
      description = "Prints N samples, or the N best of --beams; 1 to 1000 (default: 1).")
  @Range(min = 1, max = ResultArguments.MAX_SEQUENCES)
  private int numSequences = 1;

  @Option(
      names = "--json",
      description = "Prints one JSON object for each prompt or text, one on each line.")
  private boolean json;

  @Option(
      names = "--logprobs",
      paramLabel = "N",
      description =
          "With --json, without --beams: adds the log-probability of each token and of the N most"
              + " likely ones (default: none).")
  @Range(min = 0)
  private @Nullable Integer logProbs;

  /** Whether results are printed as JSON. */
  public boolean json() {
    return json;
  }

  /** Sequences for each prompt or text. */
  public int numSequences() {
    return numSequences;
  }

  /**
   * Returns a copy of the options that yields the requested output.
   *
   * @throws IllegalArgumentException if a value is out of range, or if options contradict each
   *     other
   */
  public GenerationOptions with(GenerationOptions options) {
    GenerationOptionsBuilder builder = options.toBuilder().numReturnSequences(numSequences);
    if (logProbs != null) {
      if (!json) {
        throw new IllegalArgumentException("--logprobs: must come with --json, got it alone");
      }
      builder.topLogProbs(logProbs);
    }
    return builder.build();
  }

  /** Adds sequences to a JSON object: the fields of one, or a list of several. */
  public static void put(List<GeneratedSequence> sequences, Map<String, Object> map) {
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
