package dev.rapt.train.task.sequence;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.Labels;
import dev.rapt.train.Teacher;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.Columns;
import dev.rapt.train.task.LabelNames;
import dev.rapt.train.task.Task;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TuningSpec;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Classification of texts, or of pairs of texts: into one class each or, if the labels are lists in
 * JSON Lines, with any number of labels.
 */
public record ClassifyTask(boolean ofPairs) implements Task {
  private static final String LABEL = "label";
  private static final String WEIGHTS = "class-weights";
  private static final String SMOOTHING = "label-smoothing";
  private static final double MOST_SMOOTHING = 0.99;

  @Override
  public String name() {
    return ofPairs ? "pair" : "classify";
  }

  @Override
  public String description() {
    return ofPairs
        ? "classifies pairs of texts, such as premise and hypothesis"
        : "classifies texts";
  }

  @Override
  public Set<String> settings() {
    return Set.of(WEIGHTS, SMOOTHING, Teacher.FOLDER, Teacher.TEMPERATURE, Teacher.ALPHA);
  }

  @Override
  public Set<String> columns() {
    return ofPairs ? Set.of("first", "second", LABEL) : Set.of("text", LABEL);
  }

  @Override
  public String command() {
    return ofPairs ? "classify %s --pairs -f FILE" : "classify %s \"...\"";
  }

  @Override
  public TaskRun<?> open(TaskSetup setup) throws IOException {
    boolean isWeighted = isWeighted(setup);
    float smoothing = (float) setup.number(SMOOTHING, 0, 0, MOST_SMOOTHING);
    TaskSetup.Split<Example> examples =
        setup.examplesByClass(example -> classOf(setup.spec(), example));
    Example first = examples.train().getFirst();
    String label = Columns.of(setup.spec(), LABEL, Columns.LABEL, first);
    TextColumns columns = TextColumns.find(setup.spec(), ofPairs, first);
    boolean areLists = first.isList(label);
    if (areLists && smoothing != 0) {
      throw new IllegalArgumentException(
          SMOOTHING
              + ": must come with one label for each text, got lists of labels; leave it out");
    }
    if (areLists && Teacher.isSet(setup.settings())) {
      throw new IllegalArgumentException(
          "teacher: must come with one label for each text, got lists of labels; leave it out");
    }
    Function<Example, List<String>> values =
        areLists ? example -> example.texts(label) : example -> List.of(className(example, label));
    Set<String> occurring = new HashSet<>();
    examples.train().forEach(example -> occurring.addAll(values.apply(example)));
    ConfigReader json = ConfigReader.of(setup.folder().resolve("config.json"));
    LabelNames names = LabelNames.infer(occurring, json, first::error);
    return areLists
        ? severalLabels(setup, examples, columns, names, values, isWeighted)
        : oneClass(setup, examples, columns, names, values, isWeighted, smoothing);
  }

  private static String classOf(TuningSpec spec, Example example) {
    String label = Columns.of(spec, LABEL, Columns.LABEL, example);
    return example.isList(label) ? "" : className(example, label);
  }

  private static String className(Example example, String label) {
    String name = example.text(label).strip();
    if (name.isEmpty()) {
      throw example.error("\"%s\" must not be blank".formatted(label));
    }
    return name;
  }

  private static TaskRun<?> oneClass(
      TaskSetup setup,
      TaskSetup.Split<Example> examples,
      TextColumns columns,
      LabelNames names,
      Function<Example, List<String>> values,
      boolean isWeighted,
      float smoothing) {
    Function<Example, Integer> target =
        example -> names.id(values.apply(example).getFirst(), example::error);
    Labels labels = new Labels(names.names(), Labels.Problem.SINGLE_LABEL);
    float[] weights =
        isWeighted
            ? OneClass.balanced(examples.train().stream().map(target).toList(), labels.count())
            : null;
    OneClass problem = new OneClass(labels, weights, smoothing);
    return DistilledRun.ifTaught(
        setup,
        SequenceRun.open(
            setup, new SequenceRun.Parts<>(examples, columns, target, labels, problem, _ -> {})));
  }

  private static TaskRun<?> severalLabels(
      TaskSetup setup,
      TaskSetup.Split<Example> examples,
      TextColumns columns,
      LabelNames names,
      Function<Example, List<String>> values,
      boolean isWeighted) {
    Function<Example, boolean[]> target =
        example -> {
          boolean[] has = new boolean[names.names().size()];
          values.apply(example).forEach(name -> has[names.id(name, example::error)] = true);
          return has;
        };
    Labels labels = new Labels(names.names(), Labels.Problem.MULTI_LABEL);
    float[] weights =
        isWeighted
            ? SeveralLabels.balanced(examples.train().stream().map(target).toList(), labels.count())
            : null;
    SeveralLabels problem = new SeveralLabels(labels, weights);
    return SequenceRun.open(
        setup, new SequenceRun.Parts<>(examples, columns, target, labels, problem, _ -> {}));
  }

  private static boolean isWeighted(TaskSetup setup) {
    String weights = setup.text(WEIGHTS, "none");
    return switch (weights) {
      case "balanced" -> true;
      case "none" -> false;
      default ->
          throw new IllegalArgumentException(
              WEIGHTS + ": must be balanced or none, got " + weights);
    };
  }
}
