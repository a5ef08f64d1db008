package dev.rapt.cli;

import dev.rapt.generate.TextToText;
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

/** Makes a short text of a long one. */
@Command(
    name = "summarize",
    description = {
      "Summarises texts with an encoder-decoder (BART, Pegasus, T5, ...): each argument, or all of"
          + " --file, or all of the standard input.",
      "How long a summary is, is up to --max-tokens, --min-tokens and --length-penalty."
    })
final class SummarizeCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "MODEL", description = "A Hugging Face folder.")
  private Path model = Path.of("");

  @Parameters(index = "1..*", paramLabel = "TEXT", description = "Texts to summarise.")
  private @Nullable List<String> texts;

  @Mixin private TextToTextArguments arguments = new TextToTextArguments();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Path folder = ModelFolder.require(model);
    List<String> sources = arguments.sources(texts, List::of);
    ModelFolder.tokenizer(folder);
    try (TextToText loaded = TextToText.load(folder)) {
      arguments.run(
          loaded,
          SourceText.toSummarize(folder, arguments.prefix),
          sources,
          Output.of(spec),
          Output.errorsOf(spec));
    }
    return 0;
  }
}
