package dev.rapt.cli;

import dev.rapt.text.TextClassifier;
import dev.rapt.text.TextClassifier.Classified;
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

/** Says which class texts belong to. */
@Command(
    name = "classify",
    description = "Says which class each text belongs to, with a model trained for that.")
final class ClassifyCommand implements Callable<Integer> {
  @Mixin private TextInputs inputs = new TextInputs();

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "1",
      description = "Print so many classes of each text (default: ${DEFAULT-VALUE}).")
  private int top;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      description = "Read so many tokens of each text (default: as many as the model can).")
  private @Nullable Integer maxLength;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    List<String> texts = inputs.texts();
    PrintWriter out = Output.of(spec);
    PrintWriter err = Output.errorsOf(spec);
    try (TextClassifier model = TextClassifier.load(inputs.model())) {
      model.onProgress(TextInputs.progress(err, texts.size()));
      int length = maxLength == null ? model.maxTokens() : maxLength;
      List<Classified> results = model.classify(texts, length);
      for (int i = 0; i < results.size(); i++) {
        TextInputs.warnIfCut(err, results.get(i).isCut(), i, length);
        print(out, texts.get(i), results.get(i));
      }
    }
    return 0;
  }

  private void print(PrintWriter out, String text, Classified result) {
    List<TextClassifier.Label> labels = result.labels().stream().limit(top).toList();
    if (inputs.json()) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("text", text);
      object.put("labels", labels);
      Json.printLine(out, object);
      return;
    }
    for (TextClassifier.Label label : labels) {
      out.println(Format.format("%8.4f  %-16s %s", label.score(), label.label(), text));
    }
  }
}
