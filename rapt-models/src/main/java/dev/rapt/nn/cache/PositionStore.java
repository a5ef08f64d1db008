package dev.rapt.nn.cache;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One tensor of a layer in the KV cache: a vector per position, (B, capacity, width) f32. The
 * capacity doubles when it is used up. A sliding-window layer drops positions that no later query
 * can see, so that its capacity stays a little above the window.
 */
final class PositionStore {
  private static final int FIRST_CAPACITY = 64;

  /** A full buffer is compacted once in every {@code window / SLACK_SHARE} positions. */
  private static final int SLACK_SHARE = 4;

  private final Scope scope;
  private final int past;
  private final int limit;
  private @Nullable Tensor buffer;
  private int first;

  /**
   * Creates an empty store whose memory belongs to this scope.
   *
   * @param window sliding window in keys, the query's own included; 0 for all keys
   * @param maxPositions largest number of positions
   */
  PositionStore(Scope scope, int window, int maxPositions) {
    this.scope = scope;
    past = window == 0 ? maxPositions : Math.min(window - 1, maxPositions);
    long withSlack = (long) past + Math.max(FIRST_CAPACITY, past / SLACK_SHARE);
    limit = (int) Math.min(maxPositions, withSlack);
  }

  /**
   * Vectors of successive positions.
   *
   * @param rows heads over (B, capacity, width)
   * @param from position of the first vector
   */
  record Entries(Heads rows, int from) {}

  /** Returns the bytes of memory of the buffer. */
  long bytes() {
    return buffer == null ? 0 : buffer.memory().byteSize();
  }

  /**
   * Appends vectors of the positions from {@code length} on.
   *
   * @param x (B, T, width)
   * @param length number of positions appended before
   * @return the vectors that queries at these positions may see, including x
   */
  Entries append(Heads x, int length) {
    int newRows = x.seqLen();
    int inWindow = Math.min(length - first, past);
    Tensor wide = Casts.toFloat(x.tensor().scope(), x.tensor());
    Heads source = x.in(wide);
    Entries held;
    if (inWindow + newRows > limit) {
      held = passThrough(source, length, inWindow);
    } else {
      if (length - first + newRows > limit) {
        int spare = Math.min(KvCache.SPARE_POSITIONS, limit - newRows - inWindow);
        forget(Math.max(first, length - inWindow - spare), length);
      }
      int used = length - first;
      Tensor kept = withCapacity(x, used, used + newRows);
      write(kept, used, source);
      held = new Entries(Heads.of(kept, x.numHeads(), x.headDim()), first);
    }
    if (wide != x.tensor()) {
      wide.scope().release(wide);
    }
    return held;
  }

  /**
   * Handles a pass of more positions than the buffer may hold: it sees all of them, the last ones
   * are kept.
   */
  private Entries passThrough(Heads x, int length, int inWindow) {
    int total = inWindow + x.seqLen();
    Tensor all = x.tensor().scope().empty(DType.F32, x.batchSize(), total, width(x));
    if (buffer != null) {
      copy(buffer, length - inWindow - first, all, 0, inWindow);
    }
    write(all, inWindow, x);
    int kept = Math.min(past, total);
    copy(all, total - kept, withCapacity(x, 0, kept), 0, kept);
    first = length + x.seqLen() - kept;
    return new Entries(Heads.of(all, x.numHeads(), x.headDim()), length - inWindow);
  }

  /** Moves positions [from, length) to the start of the buffer. */
  private void forget(int from, int length) {
    if (buffer != null) {
      copy(buffer, from - first, buffer, 0, length - from);
    }
    first = from;
  }

  /** Returns the buffer, enlarged to at least this many rows; rows in use keep their place. */
  private Tensor withCapacity(Heads x, int used, int needed) {
    Tensor old = buffer;
    if (old != null && old.dim(1) >= needed) {
      return old;
    }
    long doubled = Math.max(FIRST_CAPACITY, old == null ? 0 : 2 * old.dim(1));
    long capacity = Math.min(limit, Math.max(doubled, needed));
    Tensor fresh = scope.empty(DType.F32, x.batchSize(), capacity, width(x));
    if (old != null) {
      copy(old, 0, fresh, 0, used);
      scope.release(old);
    }
    buffer = fresh;
    return fresh;
  }

  private static long width(Heads x) {
    return (long) x.numHeads() * x.headDim();
  }

  /** Writes vectors into the rows from {@code from} on. */
  private static void write(Tensor rows, int from, Heads x) {
    long rowBytes = width(x) * Float.BYTES;
    long sourceRowBytes = x.tensor().lastDim() * Float.BYTES;
    int seqLen = x.seqLen();
    for (int b = 0; b < x.batchSize(); b++) {
      for (int t = 0; t < seqLen; t++) {
        MemorySegment.copy(
            x.tensor().memory(),
            ((long) b * seqLen + t) * sourceRowBytes + x.from() * Float.BYTES,
            rows.memory(),
            (b * rows.dim(1) + from + t) * rowBytes,
            rowBytes);
      }
    }
  }

  /** Copies rows of each sequence; both may be the same tensor. */
  private static void copy(Tensor from, int fromRow, Tensor to, int toRow, int count) {
    long rowBytes = from.dim(2) * Float.BYTES;
    for (long b = 0; b < from.dim(0); b++) {
      MemorySegment.copy(
          from.memory(),
          (b * from.dim(1) + fromRow) * rowBytes,
          to.memory(),
          (b * to.dim(1) + toRow) * rowBytes,
          count * rowBytes);
    }
  }

  /** Returns whether all positions that a query at this position may see are still held. */
  boolean holdsWindowBefore(int position) {
    return position == 0 || first <= Math.max(0, position - past);
  }

  /** Removes the positions from this one on; {@link #holdsWindowBefore} must hold. */
  void truncate(int newLength) {
    first = Math.min(first, newLength);
  }

  /** Reorders the batch: row i becomes a copy of the former row rows[i]. */
  void select(int[] rows, int length) {
    if (buffer != null) {
      buffer = gatherRows(scope, buffer, rows, length - first);
    }
  }

  /**
   * Returns a tensor of these rows of an old one, which is released; copies the first positions
   * only.
   */
  static Tensor gatherRows(Scope scope, Tensor old, int[] rows, long positions) {
    Tensor moved = scope.empty(DType.F32, rows.length, old.dim(1), old.dim(2));
    long rowBytes = old.dim(1) * old.dim(2) * Float.BYTES;
    long usedBytes = positions * old.dim(2) * Float.BYTES;
    for (int i = 0; i < rows.length; i++) {
      MemorySegment.copy(old.memory(), rows[i] * rowBytes, moved.memory(), i * rowBytes, usedBytes);
    }
    scope.release(old);
    return moved;
  }
}
