package dev.rapt.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Temporary native memory for one operation, kept by each thread for reuse. Workspaces nest: one
 * that is entered while another is open on the same thread takes memory after that of the outer
 * one.
 *
 * <pre>{@code
 * try (Workspace workspace = Workspace.enter()) {
 *   MemorySegment sums = workspace.take(4L * cols);
 *   ...
 * }
 * }</pre>
 */
public final class Workspace implements AutoCloseable {
  private static final ThreadLocal<Stack> STACKS = ThreadLocal.withInitial(Stack::new);
  private static final long ALIGNMENT = 64;

  private final Stack stack;
  private final int chunkBefore;
  private final long offsetBefore;

  private Workspace(Stack stack) {
    this.stack = stack;
    this.chunkBefore = stack.chunk;
    this.offsetBefore = stack.offset;
  }

  /** Enters a workspace on this thread. */
  public static Workspace enter() {
    return new Workspace(STACKS.get());
  }

  /** Takes 64-byte aligned memory with undefined contents, valid until this workspace is closed. */
  public MemorySegment take(long byteSize) {
    return stack.take(byteSize);
  }

  /** Takes memory filled with zeros, valid until this workspace is closed. */
  public MemorySegment takeZeroed(long byteSize) {
    return stack.take(byteSize).fill((byte) 0);
  }

  /** Gives back all memory taken since {@link #enter}. */
  @Override
  public void close() {
    stack.chunk = chunkBefore;
    stack.offset = offsetBefore;
  }

  /** Stack of memory chunks of growing size, which are filled one after the other. */
  private static final class Stack {
    private static final long FIRST_CHUNK_BYTES = 1 << 20;
    private static final int MOST_CHUNKS = 40;

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment[] chunks = new MemorySegment[MOST_CHUNKS];
    private int chunk;
    private long offset;

    MemorySegment take(long byteSize) {
      long size = (byteSize + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      while (true) {
        if (chunks[chunk] == null) {
          chunks[chunk] =
              arena.allocate(Math.max(size, FIRST_CHUNK_BYTES << (chunk / 2)), ALIGNMENT);
        }
        if (offset + size <= chunks[chunk].byteSize()) {
          MemorySegment taken = chunks[chunk].asSlice(offset, byteSize);
          offset += size;
          return taken;
        }
        chunk++;
        offset = 0;
      }
    }
  }
}
