package dev.rapt.cli;

import dev.rapt.text.TextClassifier;
import dev.rapt.text.TextClassifier.Classified;
import java.io.IOException;
import java.io.PrintWriter;
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
final class ClassifyCommand
    implements Callable<Integer>, TextInputs.Task<TextClassifier, Classified> {
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
      description =
          "Read so many tokens of each text, or in each window (default: as many as the model can).")
  private @Nullable Integer maxLength;

  @Option(
      names = "--windows",
      description =
          "Read longer texts in windows that overlap, and give the mean of their scores, weighted"
              + " by their tokens; without it, the rest of a longer text is left out.")
  private boolean windows;

  @Option(
      names = "--overlap",
      paramLabel = "N",
      description =
          "With --windows: tokens that neighbouring windows share, at most half of one (default:"
              + " 128).")
  private @Nullable Integer overlap;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Numbers.atLeast(1, "--top", top);
    if (overlap != null && !windows) {
      throw new IllegalArgumentException("--overlap: must come with --windows, got it alone");
    }
    return inputs.run(spec, TextClassifier::load, this);
  }

  @Override
  public List<Classified> run(TextClassifier model, List<String> texts) {
    return windows
        ? model.classifyInWindows(
            texts, length(model), overlap == null ? WindowOverlap.USUAL : overlap)
        : model.classify(texts, length(model));
  }

  private int length(TextClassifier model) {
    return maxLength == null ? model.maxTokens() : maxLength;
  }

  @Override
  public String note(TextClassifier model, Classified result) {
    return TextInputs.noteOfCut(result.isCut(), length(model))
        + TextInputs.noteOfWindows(result.numWindows());
  }

  @Override
  public void put(Classified result, Map<String, Object> object) {
    object.put("labels", result.labels().stream().limit(top).toList());
  }

  @Override
  public void print(PrintWriter out, String text, Classified result) {
    result.labels().stream()
        .limit(top)
        .forEach(label ->
            out.println(Format.format("%8.4f  %-16s %s", label.score(), label.label(), text)));
  }
}
