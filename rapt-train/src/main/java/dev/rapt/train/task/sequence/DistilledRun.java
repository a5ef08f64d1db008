package dev.rapt.train.task.sequence;

import dev.rapt.model.Classifier;
import dev.rapt.train.Evaluator;
import dev.rapt.train.Teacher;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.objective.DistilledClassifier;
import dev.rapt.train.objective.Objective;
import dev.rapt.train.task.Baseline;
import dev.rapt.train.task.CutTexts;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Training of a classifier that has a teacher. Owns the teacher too.
 *
 * @param <T> target of a text
 * @param run the training without a teacher
 * @param settings where the teacher comes from, and the numbers of the loss
 * @param teacher the teacher
 */
record DistilledRun<T>(SequenceRun<T> run, Teacher settings, Classifier teacher)
    implements TaskRun<TargetBatch<List<T>>> {
  /** Returns the training with a teacher if the settings name one, else the one without. */
  static <T> TaskRun<?> ifTaught(TaskSetup setup, SequenceRun<T> run) {
    try {
      if (!Teacher.isSet(setup.settings())) {
        return run;
      }
      Teacher settings = Teacher.of(setup.settings());
      Classifier teacher =
          settings.classifier(run.model(), setup.tokenizer(), run.batches().seqLen());
      return new DistilledRun<>(run, settings, teacher);
    } catch (RuntimeException e) {
      run.close();
      throw e;
    }
  }

  @Override
  public Classifier model() {
    return run.model();
  }

  @Override
  public Objective<TargetBatch<List<T>>> objective() {
    return new DistilledClassifier<>(
        run.objective(), teacher, settings.temperature(), settings.alpha());
  }

  @Override
  public BatchSampler<TargetBatch<List<T>>> batches() {
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
                settings.temperature(),
                settings.alpha()));
    return lines;
  }

  @Override
  public List<String> details() {
    return run.details();
  }

  @Override
  public Map<String, Object> figures() {
    return run.figures();
  }

  @Override
  public CutTexts cutTexts() {
    return run.cutTexts();
  }

  @Override
  public Optional<Baseline> baseline() {
    return run.baseline();
  }

  @Override
  public void writeFiles(Path folder) throws IOException {
    run.writeFiles(folder);
  }

  @Override
  public void close() {
    run.close();
    teacher.close();
  }
}
