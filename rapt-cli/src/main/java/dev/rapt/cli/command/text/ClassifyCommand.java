package dev.rapt.cli.command.text;

import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.text.TextInputs;
import dev.rapt.cli.text.WindowOverlap;
import dev.rapt.text.TextClassifier;
import dev.rapt.text.TextClassifier.Classified;
import dev.rapt.text.TextPair;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Classifies texts. */
@Command(
    name = "classify",
    description =
        "Classifies each text, or pair of texts, with a sequence classifier; prints score and class.")
public final class ClassifyCommand
    implements Callable<Integer>, TextInputs.Task<TextClassifier, Classified> {
  @Mixin private TextInputs inputs = new TextInputs();

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "1",
      description = "Prints the N most likely classes of each text (default: ${DEFAULT-VALUE}).")
  @Range(min = 1)
  private int top;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      description =
          "Reads at most N tokens of each text, or in each window (default: the model's context).")
  @Range(min = 1)
  private @Nullable Integer maxLength;

  @Option(
      names = "--windows",
      description =
          "Reads longer texts in overlapping windows and averages their scores, weighted by tokens"
              + " (default: leave out the rest of a longer text).")
  private boolean windows;

  @Option(
      names = "--overlap",
      paramLabel = "N",
      description = "With --windows: overlap in tokens, at most half a window (default: 128).")
  @Range(min = 0)
  private @Nullable Integer overlap;

  @Option(
      names = "--pair",
      paramLabel = "TEXT",
      description =
          "Second text, such as a hypothesis: classifies each text together with it, as models for"
              + " natural language inference expect.")
  private @Nullable String pair;

  @Option(
      names = "--pairs",
      description = "Each text is two texts separated by a tab, which are classified together.")
  private boolean pairs;

  @Option(
      names = "--function",
      paramLabel = "KIND",
      description =
          "What makes scores from the logits: sigmoid, softmax or none (default: none for"
              + " regression, sigmoid for several labels or one class alone, else softmax).")
  private TextClassifier.@Nullable ScoreFunction function;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (overlap != null && !windows) {
      throw new IllegalArgumentException("--overlap: must come with --windows, got it alone");
    }
    if (windows && (pairs || pair != null)) {
      throw new IllegalArgumentException(
          "--windows: must come without --pair and --pairs, got both; pairs are read in one piece");
    }
    if (pairs && pair != null) {
      throw new IllegalArgumentException("--pairs: must come without --pair, got both");
    }
    return inputs.run(spec, TextClassifier::load, this);
  }

  @Override
  public List<Classified> run(TextClassifier model, List<String> texts) {
    if (function != null) {
      model.scoreWith(function);
    }
    if (pairs || pair != null) {
      List<TextPair> both = new ArrayList<>();
      for (int i = 0; i < texts.size(); i++) {
        both.add(pairOf(i, texts.get(i)));
      }
      return model.classifyPairs(both, length(model));
    }
    return windows
        ? model.classifyInWindows(
            texts, length(model), overlap == null ? WindowOverlap.DEFAULT : overlap)
        : model.classify(texts, length(model));
  }

  private TextPair pairOf(int index, String text) {
    if (pair != null) {
      return new TextPair(text, pair);
    }
    String[] parts = text.split("\t", -1);
    if (parts.length != 2) {
      throw inputs
          .origin()
          .error(
              "text " + (index + 1),
              "must be two texts separated by a tab, got %d".formatted(parts.length));
    }
    return new TextPair(parts[0], parts[1]);
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
    if (pairs || pair != null) {
      TextPair both = pairOf(0, String.valueOf(object.get("text")));
      object.put("text", both.first());
      object.put("pair", both.second());
    }
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
