package dev.rapt.cli.command.text;

import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.text.TextToTextArguments;
import dev.rapt.text.SourceFormat;
import dev.rapt.text.TextToText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Summarises texts. */
@Command(
    name = "summarize",
    description = {
      "Summarises texts with an encoder-decoder (BART, Pegasus, T5, ...): each argument, or the whole"
          + " --file or standard input; with --lines, each of its lines.",
      "Set the length of a summary with --max-tokens, --min-tokens and --length-penalty."
    })
public final class SummarizeCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "Hugging Face folder, or ORG/NAME of a pulled model.")
  private Path model = Path.of("");

  @Parameters(index = "1..*", paramLabel = "TEXT", description = "Texts to summarise.")
  private @Nullable List<String> texts;

  @Option(
      names = "--lines",
      description = 
          "Takes each line of --file, or of the standard input, as a text of its own; a blank line"
              + " gives a blank one.")
  private boolean lines;

  @Mixin private TextToTextArguments arguments = new TextToTextArguments();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Path folder = ModelFolder.require(model);
    if (lines && texts != null) {
      throw new IllegalArgumentException(
          "--lines: must read --file or the standard input, got TEXT; leave one out");
    }
    List<String> sources = 
        arguments.sources(texts, lines ? file -> file.lines().toList() : List::of);
    try (TextToText loaded = TextToText.load(folder)) {
      SourceFormat format = SourceFormat.toSummarize(folder, arguments.prefix());
      arguments.run(loaded, format, sources, Output.of(spec), Output.errorsOf(spec));
    }
    return 0;
  }
}
