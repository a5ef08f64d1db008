package dev.rapt.eval.labelled;

import dev.rapt.eval.figure.Aggregation;
import dev.rapt.eval.figure.Figure;
import dev.rapt.eval.task.TaskResult;
import dev.rapt.metrics.CalibrationError;
import dev.rapt.metrics.ClassCounts;
import dev.rapt.model.Labels;
import dev.rapt.text.TextClassifier;
import dev.rapt.text.TextClassifier.Label;
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
 * Classification of texts or pairs of texts. One class each: accuracy, macro F1, Matthews
 * correlation and the calibration error. Any number of labels: F1 over all labels (micro F1) and
 * the share of texts whose labels are all right.
 */
final class ClassifierEvaluation implements LabelledEvaluation {
  private static final double THRESHOLD = 0.5;

  @Override
  public String name() {
    return "classify";
  }

  @Override
  public Set<String> columns() {
    Set<String> roles = new TreeSet<>(TextInput.ROLES);
    roles.add("label");
    return roles;
  }

  @Override
  public TaskResult run(Path folder, LabelledFile file, DoubleConsumer progress)
      throws IOException {
    List<Example> examples = file.rows();
    Example first = examples.getFirst();
    String label = first.column("label", file.columns(), Columns.LABEL);
    TextInput input = TextInput.of(first, file.columns());
    try (TextClassifier model = TextClassifier.load(folder)) {
      List<String> names = model.model().labels().names();
      boolean areLists = first.isList(label);
      boolean isMulti = model.model().labels().problem(!areLists) == Labels.Problem.MULTI_LABEL;
      List<Set<Integer>> references = new ArrayList<>();
      for (Example example : examples) {
        references.add(references(example, label, names, isMulti));
      }
      List<TextClassifier.Classified> found = input.classify(model, examples, progress);
      List<TaskResult.Sample> samples = new ArrayList<>();
      List<Set<Integer>> predictions = new ArrayList<>();
      double[] confidences = new double[examples.size()];
      for (int i = 0; i < examples.size(); i++) {
        List<Label> labels = found.get(i).labels();
        Set<Integer> predicted = new TreeSet<>();
        confidences[i] = labels.getFirst().score();
        for (Label each : isMulti ? labels : labels.subList(0, 1)) {
          if (!isMulti || each.score() > THRESHOLD) {
            predicted.add(names.indexOf(each.label()));
          }
        }
        predictions.add(predicted);
        samples.add(sample(examples.get(i), predicted, references.get(i), names));
      }
      List<Figure> figures =
          isMulti
              ? ofSets(references, predictions)
              : ofClasses(references, predictions, confidences, names.size());
      return new TaskResult(file.name(), "", "none", 0, figures, samples);
    }
  }

  private static TaskResult.Sample sample(
      Example example, Set<Integer> predicted, Set<Integer> expected, List<String> names) {
    return new TaskResult.Sample(
        example.file().toString(),
        example.line(),
        List.of(),
        String.join(", ", predicted.stream().map(names::get).toList()),
        expected.stream().map(names::get).toList());
  }

  private static Set<Integer> references(
      Example example, String label, List<String> names, boolean isMulti) {
    Set<Integer> ids = new TreeSet<>();
    if (isMulti && example.isList(label)) {
      example.texts(label).forEach(name -> ids.add(id(example, name, names)));
    } else {
      ids.add(id(example, example.text(label), names));
    }
    return ids;
  }

  /** Returns the class of a name, or of the number of a class. */
  private static int id(Example example, String label, List<String> names) {
    String name = label.strip();
    int id = names.indexOf(name);
    if (id < 0 && name.matches("\\d{1,6}") && Integer.parseInt(name) < names.size()) {
      id = Integer.parseInt(name);
    }
    if (id < 0) {
      throw example.error(
          "must have a label that the model knows, %s, or its number, got \"%s\""
              .formatted(String.join(", ", names), name));
    }
    return id;
  }

  private static List<Figure> ofClasses(
      List<Set<Integer>> references,
      List<Set<Integer>> predictions,
      double[] confidences,
      int numClasses) {
    int n = references.size();
    double[] right = new double[n];
    double[][] counts = new double[n][], calibration = new double[n][];
    for (int i = 0; i < n; i++) {
      int reference = references.get(i).iterator().next();
      int predicted = predictions.get(i).iterator().next();
      boolean isRight = reference == predicted;
      right[i] = isRight ? 1 : 0;
      counts[i] = ClassCounts.row(numClasses, reference, predicted);
      calibration[i] = CalibrationError.row(confidences[i], isRight);
    }
    return List.of(
        Figure.mean("accuracy", true, right),
        new Figure("macro_f1", true, Aggregation.MACRO_F1, counts),
        new Figure("mcc", true, Aggregation.MATTHEWS, counts),
        new Figure("ece", false, Aggregation.CALIBRATION, calibration));
  }

  private static List<Figure> ofSets(
      List<Set<Integer>> references, List<Set<Integer>> predictions) {
    int n = references.size();
    double[][] counts = new double[n][];
    double[] exact = new double[n];
    for (int i = 0; i < n; i++) {
      Set<Integer> expected = references.get(i), predicted = predictions.get(i);
      int shared = (int) predicted.stream().filter(expected::contains).count();
      counts[i] = new double[] {shared, predicted.size() - shared, expected.size() - shared};
      exact[i] = expected.equals(predicted) ? 1 : 0;
    }
    return List.of(
        new Figure("f1", true, Aggregation.F1, counts), Figure.mean("exact_match", true, exact));
  }
}
