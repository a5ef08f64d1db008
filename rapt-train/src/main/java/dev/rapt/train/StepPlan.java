package dev.rapt.train;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/** Finds by a trial how many steps fit into a time on this machine. */
public final class StepPlan {
  /** Share of the time for the trial, which also warms up the JIT compiler. */
  private static final double TRIAL_SHARE = 0.2;

  /** Share of the remaining time for training steps, without evaluations and checkpoints. */
  private static final double TRAINING_SHARE = 0.95;

  private static final int MIN_TRIAL_STEPS = 4;

  private static final long MAX_TRIAL_STEPS = 1_000_000;

  private StepPlan() {}

  /**
   * The number of steps of a run that takes this long, trial included.
   *
   * @param options of the run; their number of steps is ignored
   * @param trial makes a trainer of a model that is trained for the trial alone
   */
  public static long stepsIn(
      double seconds, TrainOptions options, Function<TrainOptions, Trainer.Builder<?>> trial) {
    List<Double> times = new ArrayList<>();
    long start = System.nanoTime();
    long end = start + Math.round(seconds * TRIAL_SHARE * 1e9);
    AtomicReference<Trainer<?>> trainer = new AtomicReference<>();
    TrainListener clock =
        new TrainListener() {
          private double before;

          @Override
          public void onStep(StepMetrics step) {
            times.add(step.seconds() - before);
            before = step.seconds();
            if (System.nanoTime() > end && times.size() >= MIN_TRIAL_STEPS) {
              trainer.get().requestStop();
            }
          }
        };
    TrainOptions plan =
        options.toBuilder()
            .steps(MAX_TRIAL_STEPS)
            .evalEverySteps(0)
            .sampleEverySteps(0)
            .saveEverySteps(0)
            .build();
    trainer.set(trial.apply(plan).listener(clock).build());
    trainer.get().run();
    double left = seconds - (System.nanoTime() - start) * 1e-9;
    // Slower steps ran before the JIT compiler was done.
    double fastest = Collections.min(times);
    return Math.max(1, Math.round(TRAINING_SHARE * left / fastest));
  }
}
