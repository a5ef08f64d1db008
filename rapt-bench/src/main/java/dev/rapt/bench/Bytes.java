package dev.rapt.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Counts bytes read and written. With nanoseconds as the unit of time, JMH's row {@code gigabytes}
 * is in GB/s; JMH labels it {@code ops/ns}.
 */
@AuxCounters(AuxCounters.Type.OPERATIONS)
@State(Scope.Thread)
public class Bytes {
  /** Bytes of the calls of this iteration. */
  public long gigabytes;

  /** Starts from zero. */
  @Setup(Level.Iteration)
  public void reset() {
    gigabytes = 0;
  }
}
