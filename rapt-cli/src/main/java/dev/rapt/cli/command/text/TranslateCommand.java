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

/** Translates texts. */
@Command(
    name = "translate",
    description = {
      "Translates texts with an encoder-decoder (Marian, M2M100, NLLB, mBART, T5, ...): each"
          + " argument, or each line of --file or of the standard input.",
    })
public final class TranslateCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "Hugging Face folder, or ORG/NAME of a pulled model.")
  private Path model = Path.of("");

  @Parameters(index = "1..*", paramLabel = "TEXT", description =
          "Texts to translate (default: the lines of --file or of the standard input; a blank line"
              + " gives a blank one).")
  private @Nullable List<String> texts;

  @Option(
      names = "--from",
      paramLabel = "LANGUAGE",
      description = "Source language, as the model names it or by its code: en, eng_Latn, en_XX.")
  private @Nullable String from;

  @Option(
      names = "--to",
      paramLabel = "LANGUAGE",
      description = "Target language, as the model names it or by its code.")
  private @Nullable String to;

  @Mixin private TextToTextArguments arguments = new TextToTextArguments();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Path folder = ModelFolder.require(model);
    List<String> sources = arguments.sources(texts, file -> file.lines().toList());
    SourceFormat format =
        SourceFormat.toTranslate(
            folder, ModelFolder.tokenizer(folder), from, to, arguments.prefix());
    try (TextToText loaded = TextToText.load(folder)) {
      arguments.run(loaded, format, sources, Output.of(spec), Output.errorsOf(spec));
    }
    return 0;
  }
}
