package dev.rapt.verify.train;

import dev.rapt.verify.function.FunctionCases;
import dev.rapt.verify.report.CaseHandler;
import java.util.List;

/** Handlers of recorded training. */
public final class TrainingCases {
  private TrainingCases() {}

  /** All handlers; in a list they come before those of models, which handle some of the same. */
  public static List<CaseHandler> all() {
    return List.of(
        new FunctionCases(recorded -> recorded.has("training"), RunChecks::run),
        FunctionCases.named("optimizers/clipping", ClippingChecks::run),
        FunctionCases.named("optimizers/schedules", ScheduleChecks::run),
        FunctionCases.named("optimizers/trajectories", OptimizerChecks::run));
  }
}
