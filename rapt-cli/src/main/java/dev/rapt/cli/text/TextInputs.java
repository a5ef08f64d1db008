package dev.rapt.cli.text;

import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.files.TextOrigin;
import dev.rapt.cli.files.TextSource;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.output.ProgressLine;
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

/** Arguments and output of the commands that read texts: model, texts, and form of the results. */
public final class TextInputs {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description =
          "Hugging Face folder or ONNX file with a tokenizer, or ORG/NAME of a pulled model.")
  private Path model = Path.of("");

  @Parameters(
      index = "1..*",
      paramLabel = "TEXT",
      description =
          "Texts, each an argument (default: read --file, else the standard input, one text on each"
              + " line; a blank line is a text, too).")
  private @Nullable List<String> arguments;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Reads the texts from this UTF-8 file, one on each line.")
  private @Nullable Path file;

  @Option(names = "--json", description = "Prints one JSON object for each text, one on each line.")
  private boolean json;

  /**
   * The texts. Text k of a file is line k, so blank lines count.
   *
   * @param acceptsBlank whether arguments may be blank
   */
  private List<String> texts(boolean acceptsBlank) throws IOException {
    List<String> texts = argumentsOrLines(arguments, file);
    return acceptsBlank ? some(texts, origin()) : required(texts, origin());
  }

  /** Where the texts come from. */
  public TextOrigin origin() {
    return TextOrigin.of(arguments, file);
  }

  /**
   * The arguments; without any, the lines of the file or of the standard input.
   *
   * @throws IllegalArgumentException if there are arguments and a file
   */
  public static List<String> argumentsOrLines(@Nullable List<String> arguments, @Nullable Path file)
      throws IOException {
    if (arguments == null || arguments.isEmpty()) {
      return TextSource.read(null, file).lines().toList();
    }
    if (file != null) {
      throw new IllegalArgumentException("text: must come from arguments or from --file, got both");
    }
    return arguments;
  }

  /** Checks that there are texts; returns them. */
  public static List<String> some(List<String> texts, TextOrigin origin) {
    if (texts.isEmpty()) {
      throw origin.missing("TEXT");
    }
    return texts;
  }

  /**
   * Checks that some text is not blank, and that no argument is, which would be a mistake; returns
   * the texts.
   */
  static List<String> required(List<String> texts, TextOrigin origin) {
    if (!origin.isCommandLine() && texts.stream().allMatch(String::isBlank)) {
      throw origin.missing("TEXT");
    }
    some(texts, origin);
    for (int i = 0; origin.isCommandLine() && i < texts.size(); i++) {
      if (texts.get(i).isBlank()) {
        throw origin.error("text " + (i + 1), "must not be blank, got an empty text; leave it out");
      }
    }
    return texts;
  }

  /** What a command does with the texts. */
  public interface Task<M extends TextReader, R> {
    /** Whether an argument may be blank; lines of files may. */
    default boolean acceptsBlankArguments() {
      return false;
    }

    /** A note on the model, for the standard error; empty for none. */
    default String note(M model) {
      return "";
    }

    /** Runs the model over the texts; returns a result for each. */
    List<R> run(M model, List<String> texts);

    /** A note on the result, for the standard error; empty for none. */
    String note(M model, R result);

    /** Adds the result to a JSON object. */
    void put(R result, Map<String, Object> object);

    /** Prints the result as text. */
    void print(PrintWriter out, String text, R result);
  }

  /** Loads the model, runs it over the texts and prints the results. */
  public <M extends TextReader, R> int run(
      @Nullable CommandSpec spec, Function<Path, M> load, Task<M, R> task) throws IOException {
    Path folder = ModelFolder.require(model);
    List<String> texts = texts(task.acceptsBlankArguments());
    PrintWriter out = Output.of(spec);
    PrintWriter err = Output.errorsOf(spec);
    try (M loaded = load.apply(folder)) {
      loaded.onProgress(progress(err, texts.size()));
      List<R> results = task.run(loaded, texts);
      String modelNote = task.note(loaded);
      if (!modelNote.isEmpty()) {
        err.println(model + ": " + modelNote);
      }
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

  /** Shows the progress of the work on many texts. */
  public static BatchProgress progress(PrintWriter err, int numTexts) {
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
  public static String noteOfCut(boolean isCut, int maxTokens) {
    return isCut ? "longer than %d tokens, the rest is left out".formatted(maxTokens) : "";
  }

  /** The note on a text that was read in windows. */
  public static String noteOfWindows(int numWindows) {
    return numWindows > 1 ? "read in %d windows".formatted(numWindows) : "";
  }
}
