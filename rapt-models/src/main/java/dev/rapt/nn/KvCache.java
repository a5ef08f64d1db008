package dev.rapt.nn;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.Heads;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of the positions already seen, for each layer: (B, capacity, width) f32; or, in
 * their place, the latent vectors that they are computed from, and the keys of an indexer. The room
 * doubles when it is used up, to at most what the model can address. For the decoder of an
 * encoder-decoder, keys and values of the encoder's output, too; of recurrent layers, their states.
 */
public final class KvCache {
  private static final int FIRST_CAPACITY = 64;

  private final Scope scope;
  private int batchSize;
  private final int maxPositions;
  private final @Nullable Tensor[] keys;
  private final @Nullable Tensor[] values;
  private final @Nullable KeyValue[] source;
  private int[] sourceLengths = {};
  private int[] sourceRows;
  private final RecurrentStates states;
  private final @Nullable Tensor[] latents;
  private final @Nullable Tensor[] indexKeys;
  private int length;

  /**
   * An empty cache whose memory belongs to this scope.
   *
   * @param maxPositions most positions it will be asked to hold
   */
  public KvCache(Scope scope, int numLayers, int batchSize, int maxPositions) {
    this.scope = scope;
    this.batchSize = batchSize;
    this.maxPositions = maxPositions;
    this.keys = new Tensor[numLayers];
    this.values = new Tensor[numLayers];
    this.source = new KeyValue[numLayers];
    this.sourceRows = IntStream.range(0, batchSize).toArray();
    this.states = new RecurrentStates(scope);
    this.latents = new Tensor[numLayers];
    this.indexKeys = new Tensor[numLayers];
  }

  /** Positions that every layer holds. */
  public int length() {
    return length;
  }

  /** Counts the positions that all layers have appended in a pass. */
  public void advance(int seqLen) {
    length += seqLen;
  }

  /** Forgets all positions from this one on. */
  public void truncate(int newLength) {
    if (newLength < 0 || newLength > length) {
      throw new IllegalArgumentException(
          "cache: can be cut to at most its length %d, got %d".formatted(length, newLength));
    }
    if (newLength != length && !states.isEmpty()) {
      if (newLength != 0) {
        throw new IllegalArgumentException(
            "cache: recurrent layers can only be cut to length 0, got %d of %d"
                .formatted(newLength, length));
      }
      states.clear();
    }
    length = newLength;
  }

  /** Keys of a layer after appending these (B, T, width): heads over (B, capacity, width). */
  Heads appendKeys(int layer, Heads k) {
    return append(keys, layer, k);
  }

  /** Values of a layer after appending these (B, T, width). */
  Heads appendValues(int layer, Heads v) {
    return append(values, layer, v);
  }

  /** Latent vectors of a layer after appending these: one head over (B, capacity, width). */
  Heads appendLatents(int layer, Heads latent) {
    return append(latents, layer, latent);
  }

  /** Keys of the indexer of a layer after appending these: one head over (B, capacity, width). */
  Heads appendIndexKeys(int layer, Heads k) {
    return append(indexKeys, layer, k);
  }

  /**
   * Positions of the encoder's output for each row, before the padding; empty where none is held.
   */
  int[] sourceLengths() {
    return sourceLengths;
  }

  /** Begins to hold what an encoder put out: lengths for each row. */
  void beginSource(int[] lengths) {
    sourceLengths = lengths.clone();
  }

  /**
   * Keys and values (B, S, width) of the encoder's output for a layer: what is held or, the first
   * time, what is computed.
   */
  KeyValue source(int layer, Supplier<KeyValue> computed) {
    KeyValue held = source[layer];
    if (held == null) {
      KeyValue fresh = computed.get();
      held = new KeyValue(hold(fresh.keys()), hold(fresh.values()));
      source[layer] = held;
    }
    return held;
  }

  private Heads hold(Heads x) {
    Tensor copy = scope.empty(DType.F32, x.tensor().shape());
    Casts.copy(copy, x.tensor());
    return new Heads(copy, x.from(), x.numHeads(), x.headDim());
  }

  /**
   * What a recurrent layer kept when it was last called, (B, ...); null before its first call.
   *
   * @param site which of the states of the layer
   */
  public @Nullable Tensor state(int layer, int site) {
    return states.get(layer, site);
  }

  /** Keeps a copy of the state (B, ...) of a recurrent layer, in place of the one before. */
  public void keepState(int layer, int site, Tensor state) {
    states.put(layer, site, state);
  }

  /**
   * Row i becomes a copy of what row rows[i] was; the cache has as many rows as are named. So a
   * prompt is spread over beams, the best beams are followed, and rows that ended are dropped.
   */
  public void select(int[] rows) {
    select(keys, rows);
    select(values, rows);
    selectSource(rows);
    states.select(rows);
    select(latents, rows);
    select(indexKeys, rows);
    batchSize = rows.length;
  }

  /** Beams of one source share what the encoder put out, so that following them copies nothing. */
  private void selectSource(int[] rows) {
    if (sourceLengths.length == 0) {
      return;
    }
    int[] before = sourceRows;
    int[] lengthsBefore = sourceLengths;
    sourceRows = IntStream.of(rows).map(row -> before[row]).toArray();
    sourceLengths = IntStream.of(rows).map(row -> lengthsBefore[row]).toArray();
    if (Arrays.equals(before, sourceRows)) {
      return;
    }
    for (int layer = 0; layer < source.length; layer++) {
      KeyValue held = source[layer];
      if (held != null) {
        source[layer] = new KeyValue(selected(held.keys(), rows), selected(held.values(), rows));
      }
    }
  }

  private Heads selected(Heads x, int[] rows) {
    Tensor old = x.tensor();
    Tensor moved = moved(old, rows, old.dim(1));
    return new Heads(moved, x.from(), x.numHeads(), x.headDim());
  }

  private Heads append(@Nullable Tensor[] store, int layer, Heads x) {
    Tensor source = Casts.toFloat(x.tensor().scope(), x.tensor());
    long width = (long) x.numHeads() * x.headDim();
    int seqLen = x.seqLen();
    Tensor room = withRoom(store, layer, width, length + seqLen);
    long capacity = room.dim(1);
    long rowBytes = width * Float.BYTES;
    long sourceRowBytes = x.tensor().lastDim() * Float.BYTES;
    for (int b = 0; b < batchSize; b++) {
      for (int t = 0; t < seqLen; t++) {
        MemorySegment.copy(
            source.memory(),
            ((long) b * seqLen + t) * sourceRowBytes + x.from() * Float.BYTES,
            room.memory(),
            (b * capacity + length + t) * rowBytes,
            rowBytes);
      }
    }
    if (source != x.tensor()) {
      source.scope().release(source);
    }
    return Heads.of(room, x.numHeads(), x.headDim());
  }

  private Tensor withRoom(@Nullable Tensor[] store, int layer, long width, int needed) {
    Tensor old = store[layer];
    if (old != null && old.dim(1) >= needed) {
      return old;
    }
    if (needed > maxPositions) {
      throw new IllegalArgumentException(
          "cache: at most %d positions, got %d".formatted(maxPositions, needed));
    }
    long capacity = Math.max(FIRST_CAPACITY, old == null ? 0 : 2 * old.dim(1));
    capacity = Math.min(maxPositions, Math.max(capacity, needed));
    Tensor room = scope.empty(DType.F32, batchSize, capacity, width);
    if (old != null) {
      long bytes = length * width * Float.BYTES;
      for (int b = 0; b < batchSize; b++) {
        MemorySegment.copy(
            old.memory(),
            b * old.dim(1) * width * Float.BYTES,
            room.memory(),
            b * capacity * width * Float.BYTES,
            bytes);
      }
      scope.release(old);
    }
    store[layer] = room;
    return room;
  }

  private void select(@Nullable Tensor[] store, int[] rows) {
    for (int layer = 0; layer < store.length; layer++) {
      Tensor old = store[layer];
      if (old == null) {
        continue;
      }
      store[layer] = moved(old, rows, length);
    }
  }

  /** A tensor of these rows, of which the first positions are copied; takes the old one's place. */
  private Tensor moved(Tensor old, int[] rows, long positions) {
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
