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
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Translates. */
@Command(
    name = "translate",
    description = {
      "Translates texts with an encoder-decoder (Marian, M2M100, NLLB, mBART, T5, ...): each"
          + " argument, or each line of --file or of the standard input.",
    })
final class TranslateCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "MODEL", description = "A Hugging Face folder.")
  private Path model = Path.of("");

  @Parameters(index = "1..*", paramLabel = "TEXT", description = "Texts to translate.")
  private @Nullable List<String> texts;

  @Option(
      names = "--from",
      paramLabel = "LANGUAGE",
      description = "Language of the texts, as the model calls it: en, eng_Latn, en_XX.")
  private @Nullable String from;

  @Option(
      names = "--to",
      paramLabel = "LANGUAGE",
      description = "Language to translate into, as the model calls it.")
  private @Nullable String to;

  @Mixin private TextToTextArguments arguments = new TextToTextArguments();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Path folder = ModelFolder.require(model);
    List<String> sources = arguments.sources(texts, SourceText::lines);
    SourceText form =
        SourceText.toTranslate(folder, ModelFolder.tokenizer(folder), from, to, arguments.prefix);
    try (TextToText loaded = TextToText.load(folder)) {
      arguments.run(loaded, form, sources, Output.of(spec), Output.errorsOf(spec));
    }
    return 0;
  }
}
