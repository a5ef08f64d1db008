package dev.rapt.cli.bench;

import java.io.IOException;
import java.util.List;

/** A program that is measured. */
public interface Contender {
  /** The result of a measurement. */
  sealed interface Outcome permits Measured, Missing {}

  /**
   * The measured speeds.
   *
   * @param perSecond work per second of each step
   * @param peakBytes peak memory: of tensors for Rapt, of the process for other programs
   * @param watts mean power of the processors during these steps; NaN if it is not measured, as of
   *     other programs
   */
  record Measured(List<Double> perSecond, long peakBytes, double watts) implements Outcome {}

  /** The program could not be measured. */
  record Missing(String reason) implements Outcome {}

  /** Name of the program. */
  String name();

  /** Runs steps for this many seconds after warm-up. */
  Outcome measure(double seconds) throws IOException;
}
