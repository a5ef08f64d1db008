package dev.rapt.cli;

import dev.rapt.text.FillMask;
import dev.rapt.text.FillMask.Filled;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Fills the masks of texts. */
@Command(
    name = "fill-mask",
    description = "Says what may stand in the place of each mask, [MASK] or <mask> by the model.")
final class FillMaskCommand implements Callable<Integer> {
  @Mixin private TextInputs inputs = new TextInputs();

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "5",
      description = "Print so many tokens for each mask (default: ${DEFAULT-VALUE}).")
  private int top;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    List<String> texts = inputs.texts();
    PrintWriter out = Output.of(spec);
    PrintWriter err = Output.errorsOf(spec);
    try (FillMask model = FillMask.load(inputs.model())) {
      model.onProgress(TextInputs.progress(err, texts.size()));
      List<Filled> results = model.fill(texts, top);
      for (int i = 0; i < results.size(); i++) {
        TextInputs.warnIfCut(err, results.get(i).isCut(), i, model.maxTokens());
        if (results.get(i).blanks().isEmpty()) {
          throw new CommandException(
              "text %d: must hold %s, got none".formatted(i + 1, model.mask()));
        }
        print(out, texts.get(i), results.get(i));
      }
    }
    return 0;
  }

  private void print(PrintWriter out, String text, Filled result) {
    if (inputs.json()) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("text", text);
      object.put("masks", result.blanks());
      Json.printLine(out, object);
      return;
    }
    for (FillMask.Blank blank : result.blanks()) {
      for (FillMask.Candidate candidate : blank.candidates()) {
        out.println(
            Format.format(
                "%8.4f  %-16s %s", candidate.score(), candidate.token(), candidate.text()));
      }
    }
  }
}
