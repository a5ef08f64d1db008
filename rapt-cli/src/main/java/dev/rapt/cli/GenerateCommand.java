package dev.rapt.cli;

import dev.rapt.generate.GeneratedSequence;
import dev.rapt.generate.Generation;
import dev.rapt.generate.GenerationOptions;
import dev.rapt.generate.TextToText;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  @Mixin private ResultArguments results = new ResultArguments();

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
    String text = prompt();
    if (ModelFolder.isEncoderDecoder(model)) {
      fromSource(text, out);
      return 0;
    }
    long loading = System.nanoTime();
    try (LoadedModel loaded = LoadedModel.load(model)) {
      Clock clock = new Clock(System.nanoTime() - loading);
      GenerationOptions options =
          results.with(generation.options(loaded.defaults(), loaded.tokenizer()));
      int[] ids = loaded.encode(text);
      clock.start();
      Generation result =
          loaded.generate(ids, options, (_, _, piece) -> show(out, text, piece, clock));
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
      GenerationOptions options =
          results.with(generation.targetOptions(loaded.defaults(), loaded.tokenizer()));
      int[] ids = loaded.tokenizer().encode(text);
      clock.start();
      Generation result =
          loaded.generate(List.of(ids), options, (_, _, piece) -> show(out, "", piece, clock));
      finish(out, text, "", ids, result, clock);
    }
  }

  /**
   * What to go on from.
   *
   * @throws CommandException if a file or the standard input holds nothing
   */
  private String prompt() throws IOException {
    String text = TextSource.read(prompt == null ? null : List.of(prompt), file);
    if (text.isEmpty() && prompt == null) {
      throw new CommandException(
          "prompt: must be given, got an empty %s; --prompt \"\" begins a text"
              .formatted(file == null ? "standard input" : "file, " + file));
    }
    return text;
  }

  /** Several texts would mix if they were shown while they are made. */
  private boolean appearsAsMade() {
    return !results.json() && results.numSequences() == 1;
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

    /** Whether this is the first token. */
    boolean token() {
      boolean isFirst = first == 0;
      first = isFirst ? System.nanoTime() : first;
      return isFirst;
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

  /** The beginning appears with the first token, when nothing is wrong with it any more. */
  private boolean show(PrintWriter out, String beginning, String piece, Clock clock) {
    boolean isFirst = clock.token();
    if (appearsAsMade()) {
      out.print(isFirst ? beginning + piece : piece);
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
    if (results.json()) {
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
      PrintWriter err = Output.errorsOf(spec);
      err.println(times);
      err.flush();
    }
  }

  private static Map<String, Object> toMap(
      String prompt, int[] ids, List<GeneratedSequence> sequences, GenerationStats times) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("prompt", prompt);
    map.put("prompt_tokens", ids.length);
    ResultArguments.put(sequences, map);
    times.putInto(map);
    return map;
  }
}
