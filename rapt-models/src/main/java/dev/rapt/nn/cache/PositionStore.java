package dev.rapt.nn.cache;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A vector for each position that one layer has seen, (B, capacity, width) f32. The room doubles
 * when it is used up. In a layer with a window, what no later query can see is forgotten: the room
 * then ends at a little more than the window, however long the sequences grow.
 */
final class PositionStore {
  private static final int FIRST_CAPACITY = 64;

  /** A full room is moved once in this share of a window of steps. */
  private static final int SLACK_SHARE = 4;

  private final Scope scope;
  private final int past;
  private final int limit;
  private @Nullable Tensor room;
  private int first;

  /**
   * An empty store whose memory belongs to this scope.
   *
   * @param window keys that a query looks back over, itself included; 0 for all
   * @param maxPositions most positions that sequences will have
   */
  PositionStore(Scope scope, int window, int maxPositions) {
    this.scope = scope;
    past = window == 0 ? maxPositions : Math.min(window - 1, maxPositions);
    long withSlack = (long) past + Math.max(FIRST_CAPACITY, past / SLACK_SHARE);
    limit = (int) Math.min(maxPositions, withSlack);
  }

  /**
   * Vectors of positions one after the other.
   *
   * @param rows heads over (B, at least the positions, width)
   * @param from the position that comes first
   */
  record Entries(Heads rows, int from) {}

  /** Bytes of memory that this takes. */
  long bytes() {
    return room == null ? 0 : room.memory().byteSize();
  }

  /**
   * Appends vectors of the positions from length on.
   *
   * @param x (B, T, width)
   * @param length positions that were appended before
   * @return the vectors that the queries of these positions may see, up to the last of x
   */
  Entries append(Heads x, int length) {
    int newRows = x.seqLen();
    int stillSeen = Math.min(length - first, past);
    Tensor wide = Casts.toFloat(x.tensor().scope(), x.tensor());
    Heads source = x.in(wide);
    Entries held;
    if (stillSeen + newRows > limit) {
      held = passThrough(source, length, stillSeen);
    } else {
      if (length - first + newRows > limit) {
        forget(length - stillSeen, length);
      }
      int used = length - first;
      Tensor kept = withRoom(x, used, used + newRows);
      write(kept, used, source);
      held = new Entries(Heads.of(kept, x.numHeads(), x.headDim()), first);
    }
    if (wide != x.tensor()) {
      wide.scope().release(wide);
    }
    return held;
  }

  /** A pass of more positions than the room may hold sees them all and leaves the last here. */
  private Entries passThrough(Heads x, int length, int stillSeen) {
    int total = stillSeen + x.seqLen();
    Tensor all = x.tensor().scope().empty(DType.F32, x.batchSize(), total, width(x));
    if (room != null) {
      copy(room, length - stillSeen - first, all, 0, stillSeen);
    }
    write(all, stillSeen, x);
    int kept = Math.min(past, total);
    copy(all, total - kept, withRoom(x, 0, kept), 0, kept);
    first = length + x.seqLen() - kept;
    return new Entries(Heads.of(all, x.numHeads(), x.headDim()), length - stillSeen);
  }

  /** Moves the positions [from, length) to the beginning of the room. */
  private void forget(int from, int length) {
    if (room != null) {
      copy(room, from - first, room, 0, length - from);
    }
    first = from;
  }

  /** The room, of at least this many rows for vectors like x, with the rows in use in place. */
  private Tensor withRoom(Heads x, int used, int needed) {
    Tensor old = room;
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
    room = fresh;
    return fresh;
  }

  private static long width(Heads x) {
    return (long) x.numHeads() * x.headDim();
  }

  /** Writes vectors into the rows from this one on. */
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

  /** Copies rows of each sequence; the two may be one tensor. */
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

  /** Whether all that a query at this position may see is still here. */
  boolean holdsWindowBefore(int position) {
    return position == 0 || first <= Math.max(0, position - past);
  }

  /** Forgets the positions from this one on, which must be within reach. */
  void truncate(int newLength) {
    first = Math.min(first, newLength);
  }

  /** Row i becomes a copy of what row rows[i] was. */
  void select(int[] rows, int length) {
    if (room != null) {
      room = gatherRows(scope, room, rows, length - first);
    }
  }

  /** A tensor of these rows, of which the first positions are copied; takes the old one's place. */
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
