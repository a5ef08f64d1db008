package dev.rapt.cli;

import dev.rapt.text.Tagger;
import dev.rapt.text.Tagger.Tagged;
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

/** Finds spans of texts that have a class: names of people, of places. */
@Command(
    name = "tag",
    description = {
      "Finds the spans of each text that have a class, such as names, with offsets.",
      "Texts that are longer than the model reads are read in windows that overlap."
    })
final class TagCommand implements Callable<Integer> {
  @Mixin private TextInputs inputs = new TextInputs();

  @Option(names = "--tokens", description = "Print the class of each token instead of spans.")
  private boolean perToken;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    List<String> texts = inputs.texts();
    PrintWriter out = Output.of(spec);
    PrintWriter err = Output.errorsOf(spec);
    try (Tagger model = Tagger.load(inputs.model())) {
      model.onProgress(TextInputs.progress(err, texts.size()));
      List<Tagged> results = model.tag(texts);
      for (int i = 0; i < results.size(); i++) {
        if (results.get(i).numWindows() > 1) {
          err.println("text %d: read in %d windows".formatted(i + 1, results.get(i).numWindows()));
        }
        print(out, texts.get(i), results.get(i));
      }
    }
    return 0;
  }

  private void print(PrintWriter out, String text, Tagged result) {
    if (inputs.json()) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("text", text);
      object.put(perToken ? "tokens" : "spans", perToken ? result.tokens() : result.spans());
      Json.printLine(out, object);
      return;
    }
    out.println(text);
    if (perToken) {
      for (Tagger.Token token : result.tokens()) {
        out.println(Format.format("%8.4f  %-16s %s", token.score(), token.label(), token.token()));
      }
      return;
    }
    for (Tagger.Span span : result.spans()) {
      out.println(
          Format.format(
              "%8.4f  %-16s %d-%d  %s",
              span.score(), span.label(), span.start(), span.end(), span.text()));
    }
  }
}
