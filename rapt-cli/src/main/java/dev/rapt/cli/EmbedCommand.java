package dev.rapt.cli;

import dev.rapt.text.TextEmbedder;
import dev.rapt.text.TextEmbedder.Embedded;
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
import picocli.CommandLine.Spec;

/** Makes vectors of texts. */
@Command(
    name = "embed",
    description = {
      "Makes a vector of length 1 of each text, so that products say how alike texts are.",
      "For people it prints these products; with --json, the vectors."
    })
final class EmbedCommand implements Callable<Integer> {
  @Mixin private TextInputs inputs = new TextInputs();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    List<String> texts = inputs.texts();
    PrintWriter out = Output.of(spec);
    PrintWriter err = Output.errorsOf(spec);
    try (TextEmbedder model = TextEmbedder.load(inputs.model())) {
      model.onProgress(TextInputs.progress(err, texts.size()));
      List<Embedded> results = model.embed(texts);
      for (int i = 0; i < results.size(); i++) {
        TextInputs.warnIfCut(err, results.get(i).isCut(), i, model.maxTokens());
        if (inputs.json()) {
          Map<String, Object> object = new LinkedHashMap<>();
          object.put("text", texts.get(i));
          object.put("embedding", results.get(i).vector());
          Json.printLine(out, object);
        } else {
          out.println(likeness(results, i) + "  " + texts.get(i));
        }
      }
    }
    return 0;
  }

  /** Products with this vector and with those before it. */
  private static String likeness(List<Embedded> all, int i) {
    StringBuilder line = new StringBuilder();
    for (int j = 0; j <= i; j++) {
      float[] a = all.get(i).vector();
      float[] b = all.get(j).vector();
      double product = 0;
      for (int k = 0; k < a.length; k++) {
        product += (double) a[k] * b[k];
      }
      line.append(Format.format("%7.3f", product));
    }
    return line.toString();
  }
}
