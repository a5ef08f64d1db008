package dev.rapt.cli;

import dev.rapt.train.Trainer;
import java.io.PrintWriter;
import java.util.List;
import org.jline.utils.Signals;

/**
 * While this is open, Ctrl-C and the signal that ends a process finish the step and save instead. A
 * second one ends the process at once; checkpoints are complete at every moment.
 */
final class GracefulStop implements AutoCloseable {
  private static final List<String> SIGNALS = List.of("INT", "TERM");

  /** From now on, signals stop this trainer. */
  GracefulStop(Trainer trainer, ProgressLine progress, PrintWriter err) {
    Runnable stop =
        () -> {
          SIGNALS.forEach(Signals::registerDefault);
          progress.clear();
          err.println("stopping: finishing the step and saving; again to end at once");
          err.flush();
          trainer.requestStop();
        };
    SIGNALS.forEach(signal -> Signals.register(signal, stop));
  }

  @Override
  public void close() {
    SIGNALS.forEach(Signals::registerDefault);
  }
}
