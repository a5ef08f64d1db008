package dev.rapt.cli;

import dev.rapt.generate.GeneratedSequence;
import dev.rapt.generate.Generation;
import dev.rapt.generate.GenerationOptions;
import dev.rapt.generate.TextToText;
import dev.rapt.generate.TokenScore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes on from a prompt. */
@Command(
    name = "generate",
    description = {
      "Writes on from a prompt with a trained model; the text appears as it is made.",
      "An encoder-decoder reads the prompt and writes another text."
    })
final class GenerateCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "A Hugging Face folder, or ORG/NAME after a pull.")
  private Path model = Path.of("");

  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "TEXT",
      description =
          "What to go on from; empty for the beginning of a text. Without it and without --file,"
              + " the standard input is read.")
  private @Nullable String prompt;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Read the prompt from this UTF-8 file.")
  private @Nullable Path file;

  @Mixin private GenerationArguments generation = new GenerationArguments();

  @Option(
      names = "--num-return-sequences",
      paramLabel = "N",
      description =
          "Write N texts, each drawn anew, or the N best of --beams; they are printed when all are"
              + " done (default: 1).")
  private int numSequences = 1;

  @Option(
      names = "--json",
      description = "Print one JSON object at the end instead of the text as it is made.")
  private boolean json;

  @Option(
      names = "--stats",
      description =
          "Say on the standard error how long loading and the first token took, and how fast the"
              + " others came.")
  private boolean stats;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = Output.of(spec);
    String text = TextSource.read(prompt == null ? null : List.of(prompt), file);
    if (ModelFolder.isEncoderDecoder(model)) {
      fromSource(text, out);
      return 0;
    }
    long loading = System.nanoTime();
    try (LoadedModel loaded = LoadedModel.load(model)) {
      Clock clock = new Clock(System.nanoTime() - loading);
      GenerationOptions options = withSequences(generation.options(loaded.defaults()));
      int[] ids = loaded.encode(text);
      if (appearsAsMade()) {
        out.print(text);
        out.flush();
      }
      clock.start();
      Generation result = loaded.generate(ids, options, (_, _, piece) -> show(out, piece, clock));
      finish(out, text, text, ids, result, clock);
    }
    return 0;
  }

  /** An encoder-decoder reads the prompt and writes another text. */
  private void fromSource(String text, PrintWriter out) {
    Path folder = ModelFolder.require(model);
    ModelFolder.tokenizer(folder);
    long loading = System.nanoTime();
    try (TextToText loaded = TextToText.load(folder)) {
      Clock clock = new Clock(System.nanoTime() - loading);
      GenerationOptions options = withSequences(generation.targetOptions(loaded.defaults()));
      int[] ids = loaded.tokenizer().encode(text);
      clock.start();
      Generation result =
          loaded.generate(List.of(ids), options, (_, _, piece) -> show(out, piece, clock));
      finish(out, text, "", ids, result, clock);
    }
  }

  private GenerationOptions withSequences(GenerationOptions options) {
    return options.toBuilder().numReturnSequences(numSequences).build();
  }

  /** Several texts would mix if they were shown while they are made. */
  private boolean appearsAsMade() {
    return !json && numSequences == 1;
  }

  /** When things happened. */
  private static final class Clock {
    private final long loadNanos;
    private long start;
    private long first;

    Clock(long loadNanos) {
      this.loadNanos = loadNanos;
    }

    void start() {
      start = System.nanoTime();
    }

    void token() {
      first = first == 0 ? System.nanoTime() : first;
    }

    GenerationStats stats(int promptTokens, int tokens) {
      long end = System.nanoTime();
      return new GenerationStats(
          loadNanos * 1e-9,
          promptTokens,
          ((first == 0 ? end : first) - start) * 1e-9,
          tokens,
          (end - start) * 1e-9);
    }
  }

  private boolean show(PrintWriter out, String piece, Clock clock) {
    clock.token();
    if (appearsAsMade()) {
      out.print(piece);
      out.flush();
    }
    return true;
  }

  /**
   * Prints what is not printed yet.
   *
   * @param beginning what every text of a decoder begins with
   */
  private void finish(
      PrintWriter out, String text, String beginning, int[] ids, Generation result, Clock clock) {
    List<GeneratedSequence> sequences = result.sequences();
    int numTokens = sequences.stream().mapToInt(sequence -> sequence.newIds().length).sum();
    GenerationStats times = clock.stats(ids.length, numTokens);
    if (json) {
      Json.print(out, toMap(text, ids, sequences, times));
    } else if (appearsAsMade()) {
      out.println();
    } else {
      for (int i = 0; i < sequences.size(); i++) {
        out.println("--- %d of %d ---".formatted(i + 1, sequences.size()));
        out.println(beginning + sequences.get(i).text());
      }
    }
    out.flush();
    if (stats) {
      PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
      err.println(times);
      err.flush();
    }
  }

  private static Map<String, Object> toMap(
      String prompt, int[] ids, List<GeneratedSequence> sequences, GenerationStats times) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("prompt", prompt);
    map.put("prompt_tokens", ids.length);
    if (sequences.size() == 1) {
      map.putAll(toMap(sequences.getFirst()));
    } else {
      map.put("sequences", sequences.stream().map(GenerateCommand::toMap).toList());
    }
    times.putInto(map);
    return map;
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
      map.put("logprobs", sequence.tokenScores().stream().map(GenerateCommand::toMap).toList());
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
