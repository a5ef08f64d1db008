package dev.rapt.cli.text;

import dev.rapt.cli.files.TextOrigin;
import dev.rapt.cli.files.TextSource;
import dev.rapt.cli.machine.BatchMemory;
import dev.rapt.cli.options.GenerationArguments;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.Json;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.text.BatchProgress;
import dev.rapt.text.SourceFormat;
import dev.rapt.text.TextToText;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options and output of the commands that make one text from another: summarize and translate. */
public final class TextToTextArguments {
  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Reads the texts from this UTF-8 file instead of the arguments.")
  private @Nullable Path file;

  @Option(
      names = "--prefix",
      paramLabel = "TEXT",
      description = "Puts this prefix before every text (default: the one in the model's folder).")
  private @Nullable String prefix;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Texts per batch; texts of a batch have similar lengths (default: 8).")
  @Range(min = 1)
  private int batch = 8;

  @Mixin private GenerationArguments generation = new GenerationArguments();
  @Mixin private ResultArguments results = new ResultArguments();

  /** The prefix; null if none is given. */
  public @Nullable String prefix() {
    return prefix;
  }

  /**
   * The texts: the arguments, or those in the file or the standard input.
   *
   * @param split makes texts from a file
   */
  public List<String> sources(
      @Nullable List<String> arguments, Function<String, List<String>> split) throws IOException {
    boolean reads = arguments == null || arguments.isEmpty() || file != null;
    return TextInputs.required(
        reads || arguments == null ? split.apply(TextSource.read(arguments, file)) : arguments,
        TextOrigin.of(arguments, file));
  }

  /** Prints what the model generates for each text, in the order of the texts. */
  public void run(
      TextToText model, SourceFormat format, List<String> texts, PrintWriter out, PrintWriter err) {
    GenerationOptions options =
        results.with(generation.targetOptions(model.defaults(), model.tokenizer()));
    List<TextToText.Source> sources =
        texts.stream()
            .filter(text -> !text.isBlank())
            .map(text -> model.source(text, format))
            .toList();
    long numCut = sources.stream().filter(TextToText.Source::isCut).count();
    if (numCut > 0) {
      err.println(
          "rapt: %d of %d texts cut to %d tokens, the most that the model reads"
              .formatted(numCut, sources.size(), model.maxSourceTokens()));
    }
    BatchMemory.require(
        "--batch",
        Math.min(batch, sources.size()),
        sources.stream().mapToInt(source -> source.ids().length).max().orElse(0),
        model.model().config());
    BatchProgress progress = TextInputs.progress(err, sources.size());
    List<List<GeneratedSequence>> generated =
        model.generate(sources, format, options, batch, progress);
    ContextNote.of(
            model.model().config(), options, generated.stream().flatMap(List::stream).toList())
        .ifPresent(err::println);
    int next = 0; // the next text that is not blank
    for (String text : texts) {
      if (text.isBlank()) {
        printBlank(text, options.numReturnSequences(), out);
      } else {
        print(sources.get(next), generated.get(next), out);
        next++;
      }
    }
  }

  private void print(
      TextToText.Source source, List<GeneratedSequence> sequences, PrintWriter out) {
    if (results.json()) {
      Json.print(out, toMap(source, sequences));
    } else {
      sequences.forEach(sequence -> out.println(sequence.text().strip()));
    }
  }

  /** Prints the result for a blank text, which the model does not see. */
  private void printBlank(String text, int numSequences, PrintWriter out) {
    if (results.json()) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("source", text);
      map.put("source_tokens", 0);
      map.put("text", "");
      map.put("tokens", 0);
      Json.print(out, map);
    } else {
      for (int i = 0; i < numSequences; i++) {
        out.println();
      }
    }
  }

  private static Map<String, Object> toMap(
      TextToText.Source source, List<GeneratedSequence> sequences) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("source", source.text());
    map.put("source_tokens", source.ids().length);
    ResultArguments.put(sequences, map);
    return map;
  }
}
