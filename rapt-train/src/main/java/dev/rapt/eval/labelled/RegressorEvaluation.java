package dev.rapt.eval.labelled;

import dev.rapt.eval.figure.Aggregation;
import dev.rapt.eval.figure.Figure;
import dev.rapt.eval.task.TaskResult;
import dev.rapt.metrics.Correlation;
import dev.rapt.text.TextClassifier;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.Columns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.DoubleConsumer;

/**
 * Prediction of a number for a text or a pair of texts: Pearson's and Spearman's correlation, and
 * the mean squared error.
 */
final class RegressorEvaluation implements LabelledEvaluation {
  @Override
  public String name() {
    return "regress";
  }

  @Override
  public Set<String> columns() {
    Set<String> roles = new TreeSet<>(TextInput.ROLES);
    roles.add("score");
    return roles;
  }

  @Override
  public TaskResult run(Path folder, LabelledFile file, DoubleConsumer progress)
      throws IOException {
    List<Example> examples = file.rows();
    Example first = examples.getFirst();
    String score = first.column("score", file.columns(), Columns.SCORE);
    TextInput input = TextInput.of(first, file.columns());
    double[] expected = examples.stream().mapToDouble(each -> each.number(score)).toArray();
    double[] found;
    try (TextClassifier model = TextClassifier.load(folder)) {
      model.scoreWith(TextClassifier.ScoreFunction.NONE);
      found =
          input.classify(model, examples, progress).stream()
              .mapToDouble(each -> each.best().score())
              .toArray();
    }
    double[] errors = new double[found.length];
    for (int i = 0; i < found.length; i++) {
      double error = found[i] - expected[i];
      errors[i] = error * error;
    }
    List<Figure> figures = new ArrayList<>(correlations(found, expected));
    figures.add(Figure.mean("mse", false, errors));
    return new TaskResult(file.name(), "", "none", 0, figures, samples(examples, found, score));
  }

  /** Returns both correlations; the ranks of Spearman's are those over the whole file. */
  static List<Figure> correlations(double[] found, double[] expected) {
    return List.of(
        new Figure("pearson", true, Aggregation.CORRELATION, Correlation.rows(found, expected)),
        new Figure(
            "spearman",
            true,
            Aggregation.CORRELATION,
            Correlation.rows(Correlation.ranks(found), Correlation.ranks(expected))));
  }

  static List<TaskResult.Sample> samples(List<Example> examples, double[] found, String score) {
    List<TaskResult.Sample> samples = new ArrayList<>();
    for (int i = 0; i < found.length; i++) {
      Example example = examples.get(i);
      samples.add(
          new TaskResult.Sample(
              example.file().toString(),
              example.line(),
              List.of(),
              Double.toString(found[i]),
              List.of(example.text(score))));
    }
    return samples;
  }
}
