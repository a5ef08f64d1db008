package dev.rapt.cli.command.text;

import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.files.TextOrigin;
import dev.rapt.cli.files.TextSource;
import dev.rapt.cli.options.GenerationArguments;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.text.BestOfArguments;
import dev.rapt.cli.text.CacheArguments;
import dev.rapt.cli.text.ConstraintArguments;
import dev.rapt.cli.text.ContextNote;
import dev.rapt.cli.text.DraftStats;
import dev.rapt.cli.text.GenerationClock;
import dev.rapt.cli.text.GenerationStats;
import dev.rapt.cli.text.ParallelCompletions;
import dev.rapt.cli.text.PrefillArguments;
import dev.rapt.cli.text.ResultArguments;
import dev.rapt.cli.text.SpeculationArguments;
import dev.rapt.generate.batch.BatchMetrics;
import dev.rapt.generate.batch.BatchOptions;
import dev.rapt.generate.constrain.Grammar;
import dev.rapt.generate.constrain.TokenConstraint;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.generate.search.Generation;
import dev.rapt.generate.speculate.Speculation;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.text.RewardModel;
import dev.rapt.text.TextModel;
import dev.rapt.text.TextToText;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
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

/** Continues a prompt. */
@Command(
    name = "generate",
    description = {
      "Continues a prompt; prints the text while it is generated.",
      "An encoder-decoder reads the prompt as its source and prints the target."
    })
public final class GenerateCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "Hugging Face folder, GGUF file, or ORG/NAME of a pulled model.")
  private Path model = Path.of("");

  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "TEXT",
      description =
          "Prompt to continue; empty to begin a new text (default: read --file, else the standard"
              + " input).")
  private @Nullable String prompt;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Reads the prompt from this UTF-8 file.")
  private @Nullable Path file;

  @Option(
      names = "--lines",
      description = "Takes each line of --file, or of the standard input, as a prompt of its own.")
  private boolean lines;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      description =
          "Continues N prompts at once, by a decoder without beams. Takes lines as --lines does;"
              + " the prompts share what their beginnings have in common. 1 to 1024 (default: 1).")
  @Range(min = 1, max = 1024)
  private int parallel = 1;

  @Mixin private CacheArguments cache = new CacheArguments();
  @Mixin private GenerationArguments generation = new GenerationArguments();
  @Mixin private ResultArguments results = new ResultArguments();
  @Mixin private ConstraintArguments constraints = new ConstraintArguments();
  @Mixin private BestOfArguments bestOf = new BestOfArguments();
  @Mixin private PrefillArguments prefill = new PrefillArguments();
  @Mixin private SpeculationArguments guesses = new SpeculationArguments();

  @Option(
      names = "--stats",
      description =
          "Prints on the standard error the time for loading and for the first token, in seconds,"
              + " and the decoding speed, in tokens/s; the share of guessed tokens that were right; also the energy of the processors, in joules for"
              + " each new token, where it can be measured (rapt doctor says whether).")
  private boolean stats;

  @Spec private @Nullable CommandSpec spec;

  /**
   * What is generated from.
   *
   * @param text the prompt or source
   * @param ids its ids
   * @param printed printed before the generated text: the prompt of a decoder, or nothing
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Input(String text, int[] ids, String printed) {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = Output.of(spec);
    if (parallel == 1) {
      cache.requireNone("--parallel");
    }
    List<String> prompts = prompts();
    Grammar grammar = constraints.read();
    Path folder = ModelFolder.require(model);
    guesses.check(!ModelFolder.isEncoderDecoder(folder));
    try (RewardModel reward = bestOf.open()) {
      if (parallel > 1) {
        inParallel(folder, prompts, grammar, out);
      } else if (ModelFolder.isEncoderDecoder(folder)) {
        if (grammar != null) {
          throw new IllegalArgumentException(
              constraints.given().getFirst()
                  + ": must come with a decoder, got an encoder-decoder");
        }
        fromSources(folder, prompts, reward, out);
      } else {
        fromPrompts(folder, prompts, grammar, reward, out);
      }
    }
    return 0;
  }

  private void fromPrompts(
      Path folder,
      List<String> prompts,
      @Nullable Grammar grammar,
      @Nullable RewardModel reward,
      PrintWriter out) {
    long loading = System.nanoTime();
    try (TextModel loaded = TextModel.load(folder);
        TextModel draft = guesses.openDraft()) {
      prefill.apply(loaded.model());
      if (draft != null) {
        prefill.apply(draft.model());
      }
      loading = System.nanoTime() - loading;
      GenerationOptions options =
          bestOf.with(results.with(generation.options(loaded.defaults(), loaded.tokenizer())));
      Speculation speculation = guesses.of(loaded, folder, draft, options);
      TokenConstraint constraint = constraints.of(grammar, loaded);
      for (int i = 0; i < prompts.size(); i++) {
        String text = prompts.get(i);
        TextOrigin origin = origin();
        String name = nameOf(i, prompts);
        Input input =
            origin.check(name, "prompt", () -> new Input(text, loaded.encode(text), text));
        GenerationClock clock = begin(out, i, prompts, loading);
        Generation result =
            origin.check(
                name,
                "prompt",
                () ->
                    loaded.generate(
                        input.ids,
                        options,
                        constraint,
                        speculation,
                        (_, _, piece) -> show(out, input.printed, piece, clock)));
        finish(out, input, result, reward, clock);
        note(loaded.model().config(), options, result);
      }
    }
  }

  /** Continues several prompts at once; prints the results in the order of the prompts. */
  private void inParallel(
      Path folder, List<String> prompts, @Nullable Grammar grammar, PrintWriter out) {
    requireParallel(folder);
    try (TextModel loaded = TextModel.load(folder)) {
      prefill.apply(loaded.model());
      GenerationOptions options =
          results.with(generation.options(loaded.defaults(), loaded.tokenizer()));
      BatchOptions batch = cache.with(BatchOptions.defaults()).withMaxSequences(parallel);
      List<ParallelCompletions.Prompt> inputs = new ArrayList<>();
      for (int i = 0; i < prompts.size(); i++) {
        String text = prompts.get(i);
        int[] ids = origin().check(nameOf(i, prompts), "prompt", () -> loaded.encode(text));
        inputs.add(new ParallelCompletions.Prompt(nameOf(i, prompts), text, ids));
      }
      ParallelCompletions completions =
          new ParallelCompletions(
              loaded, batch, options, constraints.of(grammar, loaded), origin());
      BatchMetrics metrics =
          completions.run(
              inputs,
              (index, result) -> {
                Input input =
                    new Input(
                        inputs.get(index).text(),
                        inputs.get(index).ids(),
                        inputs.get(index).text());
                printParallel(out, index, prompts, input, result);
                note(loaded.model().config(), options, new Generation(List.of(result)));
              });
      if (stats) {
        Output.errorsOf(spec).println(completions.summary(metrics));
        Output.errorsOf(spec).flush();
      }
    }
  }

  private void requireParallel(Path folder) {
    if (bestOf.isSet()) {
      throw new IllegalArgumentException("--parallel: must come without --best-of, got both");
    }
    guesses.requireNone("--parallel");
    if (ModelFolder.isEncoderDecoder(folder)) {
      throw new IllegalArgumentException(
          "--parallel: must have a decoder, got an encoder-decoder, which reads several sources in rapt translate and rapt summarize");
    }
  }

  private void printParallel(
      PrintWriter out, int index, List<String> prompts, Input input, GeneratedSequence result) {
    if (results.json()) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("prompt", input.text);
      map.put("prompt_tokens", input.ids.length);
      ResultArguments.put(List.of(result), map);
      Json.print(out, map);
    } else {
      if (prompts.size() > 1) {
        out.println("=== prompt %d of %d ===".formatted(index + 1, prompts.size()));
      }
      out.println(input.printed + result.text());
    }
    out.flush();
  }

  private void fromSources(
      Path folder, List<String> sources, @Nullable RewardModel reward, PrintWriter out) {
    long loading = System.nanoTime();
    try (TextToText loaded = TextToText.load(folder)) {
      loading = System.nanoTime() - loading;
      GenerationOptions options =
          bestOf.with(
              results.with(generation.targetOptions(loaded.defaults(), loaded.tokenizer())));
      for (int i = 0; i < sources.size(); i++) {
        String text = sources.get(i);
        Input input = new Input(text, loaded.tokenizer().encode(text), "");
        GenerationClock clock = begin(out, i, sources, loading);
        Generation result =
            origin()
                .check(
                    nameOf(i, sources),
                    "source",
                    () ->
                        loaded.generate(
                            List.of(input.ids),
                            options,
                            (_, _, piece) -> show(out, "", piece, clock)));
        finish(out, input, result, reward, clock);
        note(loaded.model().config(), options, result);
      }
    }
  }

  private void note(ModelConfig config, GenerationOptions options, Generation result) {
    ContextNote.of(config, options, result.sequences()).ifPresent(Output.errorsOf(spec)::println);
    constraints.note(result.sequences()).ifPresent(Output.errorsOf(spec)::println);
    Output.errorsOf(spec).flush();
  }

  private TextOrigin origin() {
    return TextOrigin.of(prompt == null ? null : List.of(prompt), file);
  }

  /** What errors call a prompt. */
  private static String nameOf(int index, List<String> prompts) {
    return prompts.size() == 1 ? "prompt" : "prompt " + (index + 1);
  }

  /** The prompts: one, or with --lines those of all lines. */
  private List<String> prompts() throws IOException {
    if (prompt != null && file != null) {
      throw new IllegalArgumentException("--prompt: must come without --file, got both");
    }
    boolean byLine = lines || parallel > 1;
    if (byLine && prompt != null) {
      throw new IllegalArgumentException(
          "%s: must read --file or the standard input, got --prompt; leave one out"
              .formatted(lines ? "--lines" : "--parallel"));
    }
    String text = TextSource.read(prompt == null ? null : List.of(prompt), file);
    if (text.isEmpty() && prompt == null) {
      throw file == null
          ? new IllegalArgumentException(
              "--prompt: must be given, got none and an empty standard input; pass --prompt \"\" to"
                  + " begin a new text")
          : origin().missing("--prompt");
    }
    return byLine ? text.lines().toList() : List.of(text);
  }

  /** Begins the output for a prompt; starts its clock. */
  private GenerationClock begin(PrintWriter out, int index, List<String> prompts, long loading) {
    if (prompts.size() > 1 && !results.json()) {
      out.println("=== prompt %d of %d ===".formatted(index + 1, prompts.size()));
    }
    GenerationClock clock = new GenerationClock(loading);
    clock.start();
    return clock;
  }

  /** Whether text is printed while it is generated; several texts would mix. */
  private boolean streams() {
    return !results.json() && results.numSequences() == 1 && !bestOf.isSet();
  }

  /** Prints a piece of text; before the first, the prompt, since errors can no longer occur. */
  private boolean show(PrintWriter out, String beginning, String piece, GenerationClock clock) {
    boolean isFirst = clock.token();
    if (streams()) {
      out.print(isFirst ? beginning + piece : piece);
      out.flush();
    }
    return true;
  }

  /** Prints what has not been streamed. */
  private void finish(
      PrintWriter out,
      Input input,
      Generation result,
      @Nullable RewardModel reward,
      GenerationClock clock) {
    int numTokens =
        result.sequences().stream().mapToInt(sequence -> sequence.newIds().length).sum();
    GenerationStats times = clock.stats(input.ids.length, numTokens, DraftStats.of(result));
    RewardModel.Ranked best =
        reward == null ? null : reward.rank(input.text, result.sequences()).getFirst();
    List<GeneratedSequence> sequences = best == null ? result.sequences() : List.of(best.answer());
    if (results.json()) {
      Map<String, Object> map = toMap(input, sequences, times);
      if (best != null) {
        map.put("reward", best.reward());
      }
      Json.print(out, map);
    } else if (best != null) {
      out.println(input.printed + best.answer().text());
    } else if (streams()) {
      out.println();
    } else {
      for (int i = 0; i < sequences.size(); i++) {
        out.println("--- %d of %d ---".formatted(i + 1, sequences.size()));
        out.println(input.printed + sequences.get(i).text());
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
      Input input, List<GeneratedSequence> sequences, GenerationStats times) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("prompt", input.text);
    map.put("prompt_tokens", input.ids.length);
    ResultArguments.put(sequences, map);
    times.putInto(map);
    return map;
  }
}
