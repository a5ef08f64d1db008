package dev.rapt.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Off-heap scratch memory that grows to the largest size requested so far. Growing discards its
 * contents. Only one thread at a time may use it; see {@link Pool}.
 */
public final class Scratch implements AutoCloseable {
  private static final long ALIGNMENT = 64;
  private static final long GRANULE = 4096;

  private @Nullable Arena arena;
  private MemorySegment memory = MemorySegment.NULL;

  /** Creates scratch memory of size 0; {@link #bytes} allocates. */
  public Scratch() {}

  /** Returns at least this many bytes, aligned to a cache line; earlier results become invalid. */
  @SuppressWarnings("MustBeClosedChecker") // closed by close
  public MemorySegment bytes(long size) {
    if (memory.byteSize() < size) {
      close();
      Arena fresh = Arena.ofShared();
      memory = fresh.allocate((size + GRANULE - 1) / GRANULE * GRANULE, ALIGNMENT);
      arena = fresh;
    }
    return memory;
  }

  @Override
  public void close() {
    if (arena != null) {
      arena.close();
      arena = null;
      memory = MemorySegment.NULL;
    }
  }
}
