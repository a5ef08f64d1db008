package dev.rapt.verify.train;

import dev.rapt.verify.function.FunctionCases;
import dev.rapt.verify.report.CaseHandler;
import java.util.List;

/** The handlers of recorded cases of training. */
public final class TrainingCases {
  private TrainingCases() {}

  /** All of them, to be asked before those of models. */
  public static List<CaseHandler> all() {
    return List.of(
        new FunctionCases(recorded -> recorded.has("training"), RunChecks::run),
        FunctionCases.named("optimizers/clipping", ClippingChecks::run),
        FunctionCases.named("optimizers/schedules", ScheduleChecks::run),
        FunctionCases.named("optimizers/trajectories", OptimizerChecks::run));
  }
}
