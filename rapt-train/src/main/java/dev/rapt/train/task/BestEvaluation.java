package dev.rapt.train.task;

import dev.rapt.train.TrainListener;
import java.util.List;
import java.util.Map;

/** Keeps the metrics and the details of the best evaluation. */
final class BestEvaluation implements TrainListener {
  private final TaskRun<?> run;
  private Map<String, Double> metrics = Map.of();
  private List<String> details = List.of();

  BestEvaluation(TaskRun<?> run) {
    this.run = run;
  }

  @Override
  public void onEvaluation(Evaluation evaluation) {
    if (evaluation.best()) {
      metrics = evaluation.metrics();
      details = run.details();
    }
  }

  Map<String, Double> metrics() {
    return metrics;
  }

  List<String> details() {
    return details;
  }
}
