package dev.rapt.kernel.vector.math;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Access to native memory by address, for inner loops: bounds and lifetime are checked once, by
 * {@link #of}, not at each access.
 *
 * <p>All of memory is one segment, a constant, so an access compiles to a load or store. An access
 * to an ordinary segment also checks the state of its scope. How well the compiler moves these
 * checks out of a loop depends on which kinds of scopes the process has used before, and kernels
 * with many accesses ran at half their speed in a process that had used several.
 */
public final class Addresses {
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

  private Addresses() {}

  /**
   * Returns the address of a segment. The caller must keep it alive while it uses the address, and
   * must not access more than {@code byteSize} bytes.
   *
   * @throws IllegalStateException if the segment's scope is closed
   * @throws IllegalArgumentException if the segment is not native or has fewer bytes
   */
  public static long of(MemorySegment x, long byteSize) {
    if (!x.scope().isAlive()) {
      throw new IllegalStateException("memory: must be open, got a segment of a closed scope");
    }
    if (!x.isNative() || x.byteSize() < byteSize) {
      throw new IllegalArgumentException(
          "memory: must be native and have at least %d bytes, got %s".formatted(byteSize, x));
    }
    return x.address();
  }

  /**
   * Returns the same address in a form whose range the compiler knows: it then drops the test that
   * the sum of an address and a distance is not negative.
   */
  public static long bounded(long address) {
    return address & (1L << 56) - 1;
  }

  /** All of memory, at address 0; only for accesses that {@link #of} has checked. */
  public static MemorySegment all() {
    return ALL;
  }

  /** Returns memory that {@link #of} has checked as a segment. */
  public static MemorySegment segment(long address, long byteSize) {
    return ALL.asSlice(address, byteSize);
  }

  /** Reads a vector of f32. */
  public static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(Lanes.FLOAT, ALL, address, Lanes.ORDER);
  }

  /** Reads the vector of f32 that begins with element i. */
  public static FloatVector load(long address, int i) {
    return load(address + (long) Float.BYTES * i);
  }

  /** Writes a vector of f32. */
  public static void store(long address, FloatVector v) {
    v.intoMemorySegment(ALL, address, Lanes.ORDER);
  }

  /** Writes a vector of f32 from element i on. */
  public static void store(long address, int i, FloatVector v) {
    store(address + (long) Float.BYTES * i, v);
  }

  /** Reads an f32. */
  public static float get(long address) {
    return ALL.get(FLOAT, address);
  }

  /** Reads element i. */
  public static float get(long address, int i) {
    return get(address + (long) Float.BYTES * i);
  }

  /** Reads 16 bits. */
  public static short getShort(long address) {
    return ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, address);
  }

  /** Writes 64 bits. */
  public static void setLong(long address, long value) {
    ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, address, value);
  }

  /** Writes an f32. */
  public static void set(long address, float value) {
    ALL.set(FLOAT, address, value);
  }
}
