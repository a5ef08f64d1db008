package dev.rapt.cli;

import dev.rapt.model.CausalLm;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.train.TrainListener;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.Trainer;
import dev.rapt.train.batch.BatchSampler;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** How many steps fit into a time on this machine: tried out, since nothing else tells. */
final class StepPlan {
  /** Share of the time for trying out; the compiler of the JVM is warm after it, too. */
  private static final double TRIAL_SHARE = 0.2;

  /** What evaluations, samples and checkpoints take from the time. */
  private static final double TRAINING_SHARE = 0.95;

  private static final int FEWEST_TRIAL_STEPS = 4;

  private static final long MOST_TRIAL_STEPS = 1_000_000;

  private StepPlan() {}

  /**
   * Steps that a run of a model can make in so many seconds, the trial included.
   *
   * @param options of the run, of any number of steps
   */
  static long stepsIn(
      double seconds, CausalConfig config, BatchSampler batches, TrainOptions options) {
    List<Double> times = new ArrayList<>();
    long end = System.nanoTime() + Math.round(seconds * TRIAL_SHARE * 1e9);
    AtomicReference<Trainer> trainer = new AtomicReference<>();
    TrainListener clock =
        new TrainListener() {
          private double before;

          @Override
          public void onStep(StepMetrics step) {
            times.add(step.seconds() - before);
            before = step.seconds();
            if (System.nanoTime() > end && times.size() >= FEWEST_TRIAL_STEPS) {
              trainer.get().requestStop();
            }
          }
        };
    TrainOptions trial =
        options.toBuilder()
            .steps(MOST_TRIAL_STEPS)
            .evalEverySteps(0)
            .sampleEverySteps(0)
            .saveEverySteps(0)
            .build();
    long start = System.nanoTime();
    try (CausalLm model = CausalLm.create(config, options.seed())) {
      trainer.set(Trainer.of(model, batches, trial).listener(clock).build());
      trainer.get().run();
    }
    double left = seconds - (System.nanoTime() - start) * 1e-9;
    // Slower ones ran while code was still being compiled.
    double fastest = Collections.min(times);
    return Math.max(1, Math.round(TRAINING_SHARE * left / fastest));
  }
}
