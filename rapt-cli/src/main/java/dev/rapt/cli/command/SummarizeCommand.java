package dev.rapt.cli.command;

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
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Summarises texts. */
@Command(
    name = "summarize",
    description = {
      "Summarises texts with an encoder-decoder (BART, Pegasus, T5, ...): each argument, or the whole"
          + " --file, or the whole standard input.",
      "Set the length of a summary with --max-tokens, --min-tokens and --length-penalty."
    })
final class SummarizeCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "Hugging Face folder, or ORG/NAME of a pulled model.")
  private Path model = Path.of("");

  @Parameters(index = "1..*", paramLabel = "TEXT", description = "Texts to summarise.")
  private @Nullable List<String> texts;

  @Mixin private TextToTextArguments arguments = new TextToTextArguments();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Path folder = ModelFolder.require(model);
    List<String> sources = arguments.sources(texts, List::of);
    try (TextToText loaded = TextToText.load(folder)) {
      SourceFormat format = SourceFormat.toSummarize(folder, arguments.prefix());
      arguments.run(loaded, format, sources, Output.of(spec), Output.errorsOf(spec));
    }
    return 0;
  }
}
