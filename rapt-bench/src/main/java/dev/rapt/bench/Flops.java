package dev.rapt.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Counts floating-point operations. With nanoseconds as the unit of time, JMH's row {@code gflops}
 * is in GFLOP/s; JMH labels it {@code ops/ns}.
 */
@AuxCounters(AuxCounters.Type.OPERATIONS)
@State(Scope.Thread)
public class Flops {
  /** Operations of the calls of this iteration. */
  public long gflops;

  /** Starts from zero. */
  @Setup(Level.Iteration)
  public void reset() {
    gflops = 0;
  }
}
