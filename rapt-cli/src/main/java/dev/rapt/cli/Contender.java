package dev.rapt.cli;

import java.io.IOException;
import java.util.List;

/** A program that does the work that is measured. */
interface Contender {
  /** How it went. */
  sealed interface Outcome permits Measured, Missing {}

  /**
   * What came out.
   *
   * @param perSecond work per second of each step
   * @param peakBytes most memory: of tensors for Rapt, of the process for another program
   */
  record Measured(List<Double> perSecond, long peakBytes) implements Outcome {}

  /** The program could not take part. */
  record Missing(String reason) implements Outcome {}

  /** Who it is. */
  String name();

  /** Runs whole steps for so long after a few first ones. */
  Outcome measure(double seconds) throws IOException;
}
