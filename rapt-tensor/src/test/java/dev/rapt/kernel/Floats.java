package dev.rapt.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/** Off-heap arrays of f32 for tests, released by the garbage collector, and their comparison. */
public final class Floats {
  private Floats() {}

  /** n zeros, one element past an aligned address so that no kernel relies on alignment. */
  public static MemorySegment zeros(long n) {
    return Arena.ofAuto().allocate(4 * (n + 1), 64).asSlice(4);
  }

  /** These values. */
  public static MemorySegment of(float... values) {
    MemorySegment memory = zeros(values.length);
    MemorySegment.copy(values, 0, memory, JAVA_FLOAT, 0, values.length);
    return memory;
  }

  /** n values of the normal distribution with this deviation. */
  public static MemorySegment normal(long seed, int n, double deviation) {
    Random random = new Random(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return of(values);
  }

  /** A copy of memory. */
  public static MemorySegment copy(MemorySegment memory) {
    return zeros(memory.byteSize() / 4).copyFrom(memory);
  }

  /** All values. */
  public static float[] toArray(MemorySegment memory) {
    float[] values = new float[Math.toIntExact(memory.byteSize() / 4)];
    MemorySegment.copy(memory, JAVA_FLOAT, 0, values, 0, values.length);
    return values;
  }

  /** As {@link #assertClose(String, float[], float[], double, double)}. */
  public static void assertClose(
      String what, MemorySegment got, MemorySegment want, double absolute, double relative) {
    assertClose(what, toArray(got), toArray(want), absolute, relative);
  }

  /**
   * Fails unless |got - want| <= absolute + relative |want| for every element, NaN equal to NaN and
   * infinities to themselves; tells the worst element.
   */
  public static void assertClose(
      String what, float[] got, float[] want, double absolute, double relative) {
    if (got.length != want.length) {
      throw new AssertionError(what + ": " + got.length + " values, wanted " + want.length);
    }
    double worst = 1;
    int worstIndex = -1;
    for (int i = 0; i < want.length; i++) {
      boolean same = Float.compare(got[i], want[i]) == 0 || got[i] == want[i];
      double error = Math.abs((double) got[i] - want[i]);
      double excess = same ? 0 : error / (absolute + relative * Math.abs(want[i]));
      if (!(excess <= worst)) {
        worst = Double.isNaN(excess) ? Double.POSITIVE_INFINITY : excess;
        worstIndex = i;
      }
    }
    if (worstIndex >= 0) {
      throw new AssertionError(
          "%s: [%d of %d] is %s, wanted %s, %.3g times the tolerance"
              .formatted(what, worstIndex, want.length, got[worstIndex], want[worstIndex], worst));
    }
  }
}
