package dev.rapt.cli;

import dev.rapt.train.Trainer;
import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;

/**
 * Ctrl-C, and the signal that ends a process, finish the step and save before the process ends. The
 * process must not end before what is done with the result is done, too.
 */
final class GracefulStop implements AutoCloseable {
  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook;

  /** From now on, signals stop this trainer. */
  GracefulStop(Trainer trainer, ProgressLine progress, PrintWriter err) {
    hook =
        new Thread(
            () -> {
              progress.clear();
              err.println("stopping: finishing the step and saving ...");
              err.flush();
              trainer.requestStop();
              try {
                finished.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "rapt-stop");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  @Override
  public void close() {
    finished.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the process is ending: the hook has just been let go
    }
  }
}
