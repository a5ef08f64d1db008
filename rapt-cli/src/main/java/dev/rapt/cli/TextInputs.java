package dev.rapt.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
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

  /** The folder of the model. */
  Path model() {
    return ModelFolder.require(model);
  }

  /** Whether a program reads the results. */
  boolean json() {
    return json;
  }

  /**
   * The texts, those that are empty left out of files.
   *
   * @throws CommandException if there are none
   */
  List<String> texts() throws IOException {
    boolean hasArguments = arguments != null && !arguments.isEmpty();
    if (hasArguments && file != null) {
      throw new IllegalArgumentException("text: must come from arguments or from --file, got both");
    }
    List<String> texts =
        hasArguments && arguments != null
            ? arguments
            : TextSource.read(null, file).lines().filter(line -> !line.isBlank()).toList();
    if (texts.isEmpty()) {
      throw new CommandException("text: must be given, got nothing; name it, or pass --file");
    }
    return texts;
  }

  /** Shows how many of the texts are done, where they are many. */
  static IntConsumer progress(PrintWriter err, int numTexts) {
    ProgressLine line = ProgressLine.toTerminal(err);
    return done -> {
      if (done >= numTexts) {
        line.clear();
      } else {
        line.update((double) done / numTexts, "%d of %d texts".formatted(done, numTexts));
      }
    };
  }

  /** Says that the end of a text was left out. */
  static void warnIfCut(PrintWriter err, boolean isCut, int text, int maxTokens) {
    if (isCut) {
      err.println(
          "text %d: longer than %d tokens, the rest was left out".formatted(text + 1, maxTokens));
    }
  }
}
