package dev.rapt.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Native memory in reusable blocks. Sizes are rounded up to four classes per power of two, so that
 * at most a fifth of a block is unused and tensors of nearly equal size reuse each other's blocks.
 * From 1 MiB on there are sixteen, and at most a seventeenth is unused: large tensors are mostly
 * weights, gradients and moments, of which training holds several copies of each size. A free block
 * of up to half more is used if there is none of the size, so that batches of changing lengths do
 * not each bring new blocks. Blocks are 64-byte aligned; their content is undefined. Safe for use
 * by several threads.
 */
public final class MemoryPool {
  private static final MemoryPool SHARED = new MemoryPool();

  private static final long ALIGNMENT = 64;
  private static final long SMALLEST_BLOCK = 256;
  private static final long LARGE_BLOCK = 1 << 20;

  /** This much free memory is always kept; beyond it, at most as much as is in use. */
  private static final long FREE_BYTES_KEPT = 256L << 20;

  /** By size; no deque is empty. */
  private final NavigableMap<Long, Deque<Block>> free = new TreeMap<>();

  private long usedBytes;
  private long freeBytes;
  private long peakBytes;

  MemoryPool() {}

  /** The pool of this process. */
  public static MemoryPool shared() {
    return SHARED;
  }

  /** A piece of native memory; {@code references} counts the tensors that keep it from reuse. */
  static final class Block {
    private final Arena arena;
    final MemorySegment memory;
    int references = 1;

    /** Counts how often the block was given back: tensors of earlier uses are invalid. */
    int use;

    @SuppressWarnings("MustBeClosedChecker") // closed by trim()
    private Block(long byteSize) {
      arena = Arena.ofShared();
      memory = arena.allocate(byteSize, ALIGNMENT);
    }
  }

  Block take(long byteSize) {
    long size = sizeClass(byteSize);
    synchronized (this) {
      Block block = takeFree(size);
      if (block != null) {
        return block;
      }
      usedBytes += size;
      if (freeBytes > Math.max(FREE_BYTES_KEPT, usedBytes)) {
        trim();
      }
      peakBytes = Math.max(peakBytes, usedBytes + freeBytes);
    }
    return allocate(size);
  }

  private @Nullable Block takeFree(long size) {
    Map.Entry<Long, Deque<Block>> fitting = free.ceilingEntry(size);
    if (fitting == null || fitting.getKey() > size + size / 2) {
      return null;
    }
    Block block = fitting.getValue().removeLast();
    if (fitting.getValue().isEmpty()) {
      free.remove(fitting.getKey());
    }
    usedBytes += fitting.getKey();
    freeBytes -= fitting.getKey();
    block.references = 1;
    return block;
  }

  private Block allocate(long size) {
    try {
      return new Block(size);
    } catch (OutOfMemoryError e) {
      trim();
      return new Block(size);
    }
  }

  synchronized void giveBack(Block block) {
    long size = block.memory.byteSize();
    block.use++;
    usedBytes -= size;
    freeBytes += size;
    free.computeIfAbsent(size, s -> new ArrayDeque<>()).addLast(block);
  }

  /** Returns all free blocks to the operating system. */
  public synchronized void trim() {
    for (Deque<Block> blocks : free.values()) {
      for (Block block : blocks) {
        block.arena.close();
      }
    }
    free.clear();
    freeBytes = 0;
  }

  /** Bytes of the blocks that tensors hold now. */
  public synchronized long usedBytes() {
    return usedBytes;
  }

  /** Bytes kept for reuse. */
  public synchronized long freeBytes() {
    return freeBytes;
  }

  /** Restarts the measurement of {@link #peakBytes} from what the pool holds now. */
  public synchronized void resetPeak() {
    peakBytes = usedBytes + freeBytes;
  }

  /** Largest number of bytes, used and free, that the pool has held since {@link #resetPeak}. */
  public synchronized long peakBytes() {
    return peakBytes;
  }

  /** The block size for this many bytes: (4 to 7) * 2^k, or (16 to 31) * 2^k from 1 MiB on. */
  static long sizeClass(long byteSize) {
    if (byteSize <= SMALLEST_BLOCK) {
      return SMALLEST_BLOCK;
    }
    int bits = byteSize > LARGE_BLOCK ? 59 : 61;
    int shift = bits - Long.numberOfLeadingZeros(byteSize - 1);
    return (((byteSize - 1) >>> shift) + 1) << shift;
  }

  @Override
  public synchronized String toString() {
    return "MemoryPool[used %d, free %d, peak %d bytes]".formatted(usedBytes, freeBytes, peakBytes);
  }
}
