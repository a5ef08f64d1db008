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
final class GracefulStop implements AutoCloseable {
  private static final List<String> SIGNALS = List.of("INT", "TERM", "HUP");

  /** Makes signals stop this trainer. */
  GracefulStop(Trainer<?> trainer, ProgressLine progress, PrintWriter err) {
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
