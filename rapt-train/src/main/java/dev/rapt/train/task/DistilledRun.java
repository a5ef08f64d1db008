package dev.rapt.train.task;

import dev.rapt.model.Classifier;
import dev.rapt.train.Evaluator;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.objective.ClassifierObjective;
import dev.rapt.train.objective.DistilledClassifier;
import dev.rapt.train.objective.Objective;
import java.util.ArrayList;
import java.util.List;

/**
 * Training of a classifier that has a teacher. Owns the teacher too.
 *
 * @param run the training without a teacher
 * @param folder where the teacher comes from, and the numbers of the loss
 * @param teacher the teacher
 */
record DistilledRun(ClassifyRun run, Teacher folder, Classifier teacher)
    implements TaskRun<TargetBatch<int[]>> {
  @Override
  public Classifier model() {
    return run.model();
  }

  @Override
  public Objective<TargetBatch<int[]>> objective() {
    return new DistilledClassifier(
        new ClassifierObjective(run.model()), teacher, folder.temperature(), folder.alpha());
  }

  @Override
  public BatchSampler<TargetBatch<int[]>> batches() {
    return run.batches();
  }

  @Override
  public Evaluator evaluator() {
    return run.evaluator();
  }

  @Override
  public List<String> summary() {
    List<String> lines = new ArrayList<>(run.summary());
    lines.add(
        "teacher: %s of %d parameters at temperature %s, labels with weight %s"
            .formatted(
                teacher.config().modelType(),
                teacher.parameters().numWeights(),
                folder.temperature(),
                folder.alpha()));
    return lines;
  }

  @Override
  public List<String> details() {
    return run.details();
  }

  @Override
  public void close() {
    run.close();
    teacher.close();
  }
}
