package dev.rapt.cli.run;

import dev.rapt.cli.output.ProgressLine;
import dev.rapt.train.Trainer;
import java.io.PrintWriter;
import java.util.List;
import org.jline.utils.Signals;

/**
 * While this is open, SIGINT (Ctrl-C), SIGTERM and SIGHUP (a closed terminal) finish the step and
 * save a checkpoint. Under nohup, the JVM leaves SIGHUP ignored. A second signal ends the process
 * at once; checkpoints on disk are always complete.
 */
public final class GracefulStop implements AutoCloseable {
  private static final List<String> SIGNALS = List.of("INT", "TERM", "HUP");

  private final ProgressLine progress;
  private final PrintWriter err;

  /** Waits for a trainer to stop. */
  public GracefulStop(ProgressLine progress, PrintWriter err) {
    this.progress = progress;
    this.err = err;
  }

  /** Makes signals stop this trainer. */
  public void stops(Trainer<?> trainer) {
    Runnable stop =
        () -> {
          SIGNALS.forEach(Signals::registerDefault);
          progress.clear();
          err.println(
              "stopping: finishing the step and saving a checkpoint; signal again to end at once");
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
