package dev.rapt.nn.cache;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of the positions already seen, for each layer; of layers with a window, only of
 * those that a later query can still see. Or, in their place, the latent vectors that they are
 * computed from, and the keys of an indexer. For the decoder of an encoder-decoder, keys and values
 * of the encoder's output, too; of recurrent layers, their states.
 */
public final class KvCache {
  private final Scope scope;
  private final int maxPositions;
  private final @Nullable PositionStore[] keys;
  private final @Nullable PositionStore[] values;
  private final @Nullable KeyValue[] source;
  private int[] sourceLengths = {};
  private int[] sourceRows;
  private final RecurrentStates states;
  private final @Nullable PositionStore[] latents;
  private final @Nullable PositionStore[] indexKeys;
  private int length;

  /**
   * An empty cache whose memory belongs to this scope.
   *
   * @param maxPositions most positions it will be asked to hold
   */
  public KvCache(Scope scope, int numLayers, int batchSize, int maxPositions) {
    this.scope = scope;
    this.maxPositions = maxPositions;
    this.keys = new PositionStore[numLayers];
    this.values = new PositionStore[numLayers];
    this.source = new KeyValue[numLayers];
    this.sourceRows = IntStream.range(0, batchSize).toArray();
    this.states = new RecurrentStates(scope);
    this.latents = new PositionStore[numLayers];
    this.indexKeys = new PositionStore[numLayers];
  }

  /** Positions that every layer has seen. */
  public int length() {
    return length;
  }

  /** Counts the positions that all layers have appended in a pass. */
  public void advance(int seqLen) {
    length += seqLen;
  }

  /** Bytes of memory that keys, values, latents and keys of indexers take. */
  public long bytes() {
    return stores().mapToLong(PositionStore::bytes).sum();
  }

  /**
   * Forgets all positions from this one on.
   *
   * @throws IllegalArgumentException if there are fewer, or what would then be seen is not held any
   *     more: states of recurrent layers are held for the last position only, layers with a window
   *     hold little more than that
   */
  public void truncate(int newLength) {
    if (newLength < 0 || newLength > length) {
      throw new IllegalArgumentException(
          "cache: can be cut to at most its length %d, got %d".formatted(length, newLength));
    }
    if (newLength != length && newLength != 0 && !states.isEmpty()) {
      throw new IllegalArgumentException(
          "cache: recurrent layers can only be cut to length 0, got %d of %d"
              .formatted(newLength, length));
    }
    if (!stores().allMatch(store -> store.holdsWindowBefore(newLength))) {
      throw new IllegalArgumentException(
          "cache: layers with a window have forgotten what is seen from position %d; cut to 0, or by"
                  .formatted(newLength)
              + " less, from "
              + length);
    }
    if (newLength != length) {
      states.clear();
    }
    stores().forEach(store -> store.truncate(newLength));
    length = newLength;
  }

  private Stream<PositionStore> stores() {
    return Stream.of(keys, values, latents, indexKeys)
        .flatMap(Arrays::stream)
        .filter(Objects::nonNull);
  }

  /**
   * Keys and values of a layer.
   *
   * @param keys heads over (B, at least the positions, width)
   * @param values heads over (B, at least the positions, width)
   * @param from the position that comes first in both
   */
  public record Entries(Heads keys, Heads values, int from) {}

  /**
   * Appends keys and values (B, T, width) of a layer.
   *
   * @param window keys that a query looks back over, itself included, always the same for a layer;
   *     0 for all
   * @return what the queries of these positions may see
   */
  public Entries append(int layer, int window, Heads k, Heads v) {
    PositionStore.Entries allKeys = append(keys, layer, window, k);
    return new Entries(allKeys.rows(), append(values, layer, window, v).rows(), allKeys.from());
  }

  /** Latent vectors of a layer after appending these: one head over (B, capacity, width). */
  public Heads appendLatents(int layer, Heads latent) {
    return append(latents, layer, 0, latent).rows();
  }

  /** Keys of the indexer of a layer after appending these: one head over (B, capacity, width). */
  public Heads appendIndexKeys(int layer, Heads k) {
    return append(indexKeys, layer, 0, k).rows();
  }

  private PositionStore.Entries append(
      @Nullable PositionStore[] stores, int layer, int window, Heads x) {
    if (length + x.seqLen() > maxPositions) {
      throw new IllegalArgumentException(
          "cache: at most %d positions, got %d".formatted(maxPositions, length + x.seqLen()));
    }
    PositionStore store = stores[layer];
    if (store == null) {
      store = new PositionStore(scope, window, maxPositions);
      stores[layer] = store;
    }
    return store.append(x, length);
  }

  /**
   * Positions of the encoder's output for each row, before the padding; empty where none is held.
   */
  public int[] sourceLengths() {
    return sourceLengths;
  }

  /** Begins to hold what an encoder put out: lengths for each row. */
  public void beginSource(int[] lengths) {
    sourceLengths = lengths.clone();
  }

  /**
   * Keys and values (B, S, width) of the encoder's output for a layer: what is held or, the first
   * time, what is computed.
   */
  public KeyValue source(int layer, Supplier<KeyValue> computed) {
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
    stores().forEach(store -> store.select(rows, length));
    selectSource(rows);
    states.select(rows);
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
    Tensor moved = PositionStore.gatherRows(scope, old, rows, old.dim(1));
    return new Heads(moved, x.from(), x.numHeads(), x.headDim());
  }
}
