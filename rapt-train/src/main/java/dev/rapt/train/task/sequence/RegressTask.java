package dev.rapt.train.task.sequence;

import dev.rapt.model.Labels;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.Columns;
import dev.rapt.train.task.Task;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Prediction of a number for each text, or for each pair of texts if there are columns of both. */
public record RegressTask() implements Task {
  private static final String SCORE = "score";

  @Override
  public String name() {
    return "regress";
  }

  @Override
  public String description() {
    return "predicts a number for each text or pair of texts, such as a rating or a similarity";
  }

  @Override
  public Set<String> settings() {
    return Set.of();
  }

  @Override
  public Set<String> columns() {
    return Set.of("text", "first", "second", SCORE);
  }

  @Override
  public String command() {
    return "classify %s \"...\"";
  }

  @Override
  public TaskRun<?> open(TaskSetup setup) throws IOException {
    TaskSetup.Split<Example> examples = setup.examples();
    Example first = examples.train().getFirst();
    String score = Columns.of(setup.spec(), SCORE, Columns.SCORE, first);
    Function<Example, Float> target = example -> (float) example.number(score);
    if (examples.train().stream().map(target).distinct().count() < 2) {
      throw first.error(
          "the training examples must have different numbers in \"%s\", got only %s"
              .formatted(score, target.apply(first)));
    }
    Labels labels = new Labels(List.of(score), Labels.Problem.REGRESSION);
    TextColumns columns =
        TextColumns.find(setup.spec(), TextColumns.arePairs(setup.spec(), first), first);
    return SequenceRun.open(
        setup,
        new SequenceRun.Parts<>(examples, columns, target, labels, new RealNumber(), _ -> {}));
  }
}
