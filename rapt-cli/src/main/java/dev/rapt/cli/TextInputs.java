package dev.rapt.cli;

import dev.rapt.text.BatchProgress;
import dev.rapt.text.TextReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What commands that understand texts have in common: a model, texts, and the form of results. */
final class TextInputs {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "The folder of a model with tokenizer, or its name in the cache.")
  private Path model = Path.of("");

  @Parameters(
      index = "1..*",
      paramLabel = "TEXT",
      description =
          "Texts, each an argument; without them and without --file, the standard input is read, a"
              + " text in each line.")
  private @Nullable List<String> arguments;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Read the texts from this UTF-8 file, one in each line.")
  private @Nullable Path file;

  @Option(names = "--json", description = "Print one JSON object for each text, a line each.")
  private boolean json;

  /**
   * The texts, those that are empty left out of files.
   *
   * @throws CommandException if there are none
   */
  private List<String> texts() throws IOException {
    boolean hasArguments = arguments != null && !arguments.isEmpty();
    if (hasArguments && file != null) {
      throw new IllegalArgumentException("text: must come from arguments or from --file, got both");
    }
    List<String> texts =
        hasArguments && arguments != null
            ? arguments
            : TextSource.read(null, file).lines().filter(line -> !line.isBlank()).toList();
    return required(texts);
  }

  /**
   * Texts, of which there must be one at least, and none that holds nothing.
   *
   * @throws CommandException if it is otherwise
   */
  static List<String> required(List<String> texts) {
    if (texts.isEmpty()) {
      throw new CommandException("text: must be given, got nothing; name it, or pass --file");
    }
    for (int i = 0; i < texts.size(); i++) {
      if (texts.get(i).isBlank()) {
        throw new CommandException(
            "text %d: must hold something, got an empty text; leave it out".formatted(i + 1));
      }
    }
    return texts;
  }

  /** What a command does with texts. */
  interface Task<M extends TextReader, R> {
    /** Runs the model over the texts; a result for each. */
    List<R> run(M model, List<String> texts);

    /** What a person should know beside the result; empty for nothing. */
    String note(M model, R result);

    /** Puts the result into an object for a program. */
    void put(R result, Map<String, Object> object);

    /** Prints the result for a person. */
    void print(PrintWriter out, String text, R result);
  }

  /** Loads the model, runs it over the texts and prints what it finds. */
  <M extends TextReader, R> int run(
      @Nullable CommandSpec spec, Function<Path, M> load, Task<M, R> task) throws IOException {
    Path folder = ModelFolder.require(model);
    List<String> texts = texts();
    PrintWriter out = Output.of(spec);
    PrintWriter err = Output.errorsOf(spec);
    try (M loaded = load.apply(folder)) {
      loaded.onProgress(progress(err, texts.size()));
      List<R> results = task.run(loaded, texts);
      for (int i = 0; i < results.size(); i++) {
        String note = task.note(loaded, results.get(i));
        if (!note.isEmpty()) {
          err.println("text %d: %s".formatted(i + 1, note));
        }
        if (json) {
          Map<String, Object> object = new LinkedHashMap<>();
          object.put("text", texts.get(i));
          task.put(results.get(i), object);
          Json.print(out, object);
        } else {
          task.print(out, texts.get(i), results.get(i));
        }
      }
    }
    return 0;
  }

  /** Shows how far the work on many texts is. */
  static BatchProgress progress(PrintWriter err, int numTexts) {
    ProgressLine line = ProgressLine.toTerminal(err);
    return (done, all) -> {
      if (done >= all) {
        line.clear();
      } else {
        line.update(
            (double) done / all,
            "%d of %d %s".formatted(done, all, all == numTexts ? "texts" : "windows"));
      }
    };
  }

  /** The note on a text whose end was left out. */
  static String noteOfCut(boolean isCut, int maxTokens) {
    return isCut ? "longer than %d tokens, the rest was left out".formatted(maxTokens) : "";
  }

  /** The note on a text that was read in windows. */
  static String noteOfWindows(int numWindows) {
    return numWindows > 1 ? "read in %d windows".formatted(numWindows) : "";
  }
}
