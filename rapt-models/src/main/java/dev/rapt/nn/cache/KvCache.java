package dev.rapt.nn.cache;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.attention.KeyHeads;
import dev.rapt.machine.MachineMemory;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * KV cache: the keys and values of earlier positions, per layer. Sliding-window layers hold only
 * the positions that a later query can still see. Latent attention holds latent vectors instead,
 * and the keys of its indexer. The decoder of an encoder-decoder also holds keys and values of the
 * encoder output, a recurrent layer its states.
 *
 * <p>A paged cache holds keys and values of one sequence in pages, which sequences with a common
 * prefix share; see {@link PagePool}.
 */
public final class KvCache {
  private static final Logger LOG = LoggerFactory.getLogger(KvCache.class);

  /** Positions before their window that sliding-window layers hold, so that it can move back. */
  public static final int SPARE_POSITIONS = 32;

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
  private final @Nullable PageTable pages;
  private int length;
  private boolean dependsOnLength;
  private int markedLength;

  /**
   * Creates an empty cache whose memory belongs to this scope.
   *
   * @param maxPositions largest number of positions
   */
  public KvCache(Scope scope, int numLayers, int batchSize, int maxPositions) {
    this(scope, numLayers, batchSize, maxPositions, null);
  }

  private KvCache(
      Scope scope, int numLayers, int batchSize, int maxPositions, @Nullable PageTable pages) {
    this.scope = scope;
    this.pages = pages;
    this.maxPositions = maxPositions;
    this.keys = new PositionStore[numLayers];
    this.values = new PositionStore[numLayers];
    this.source = new KeyValue[numLayers];
    this.sourceRows = IntStream.range(0, batchSize).toArray();
    this.states = new RecurrentStates(scope);
    this.latents = new PositionStore[numLayers];
    this.indexKeys = new PositionStore[numLayers];
  }

  /**
   * Creates an empty cache of one sequence whose keys and values are in pages. Before each pass,
   * {@link #reserve} takes the pages of its positions; {@link #releasePages} gives them back.
   *
   * @param scope owns what is not in pages: latents, recurrent states
   */
  public static KvCache paged(Scope scope, int numLayers, int maxPositions, PagePool pool) {
    return new KvCache(scope, numLayers, 1, maxPositions, new PageTable(pool));
  }

  private PageTable table() {
    if (pages == null) {
      throw new IllegalStateException("KV cache: must be paged");
    }
    return pages;
  }

  /**
   * Takes pages for this many more positions. A page that others use, too, is copied before it is
   * written.
   *
   * @return false if the pool has no room
   */
  public boolean reserve(int newPositions) {
    return table().reserve(length, length + newPositions);
  }

  /** Gives all pages back to their pool; the cache is empty then. */
  public void releasePages() {
    table().truncate(0);
    length = 0;
  }

  /** Returns the pages of all positions, the last one perhaps filled in part. */
  public List<Page> pages() {
    return List.copyOf(table().pages(length));
  }

  /**
   * Begins, empty, with the first positions of other sequences.
   *
   * @param shared their pages, which are retained
   * @param positions number of positions, in the last page perhaps fewer than it holds
   */
  public void adopt(List<Page> shared, int positions) {
    table().adopt(shared);
    length = positions;
  }

  /** Notes that keys depend on the length of the sequence, as those of some RoPE scalings do. */
  public void keepDependenceOnLength() {
    dependsOnLength = true;
  }

  /**
   * Whether sequences can share what this cache holds of a common prefix: nothing is outside of the
   * pages, and keys do not depend on the length of the sequence.
   */
  public boolean canBeShared() {
    return pages != null && !dependsOnLength && states.isEmpty() && stores().findAny().isEmpty();
  }

  /** Returns the number of positions that every layer has appended. */
  public int length() {
    return length;
  }

  /** Counts positions that all layers have appended in a pass. */
  public void advance(int seqLen) {
    length += seqLen;
    if (pages != null) {
      pages.slide(length);
    }
  }

  /** Returns the bytes of memory of keys, values, latents and keys of indexers. */
  public long bytes() {
    return stores().mapToLong(PositionStore::bytes).sum() + (pages == null ? 0 : pages.bytes());
  }

  /**
   * Removes all positions from this one on.
   *
   * @throws IllegalArgumentException if there are fewer positions, or a layer does not hold what
   *     the next query would see: recurrent layers hold the state after the last position only,
   *     sliding-window layers little more than their window
   */
  public void truncate(int newLength) {
    if (newLength < 0 || newLength > length) {
      throw new IllegalArgumentException(
          "KV cache: must be truncated to at most its length %d, got %d"
              .formatted(length, newLength));
    }
    if (newLength != length && newLength != 0 && !states.isEmpty()) {
      throw new IllegalArgumentException(
          "KV cache: recurrent layers can be truncated to length 0 only, got %d of %d"
              .formatted(newLength, length));
    }
    if (newLength != length) {
      states.clear();
    }
    truncateStores(newLength);
  }

  private void truncateStores(int newLength) {
    boolean held = pages == null || pages.holdsWindowBefore(newLength);
    if (!held || !stores().allMatch(store -> store.holdsWindowBefore(newLength))) {
      throw new IllegalArgumentException(
          "KV cache: sliding-window layers no longer hold position %d; truncate to 0, or to a later"
                  .formatted(newLength)
              + " position, the length is "
              + length);
    }
    stores().forEach(store -> store.truncate(newLength));
    if (pages != null) {
      pages.truncate(newLength);
    }
    length = newLength;
  }

  /** Returns whether recurrent layers have states, so that {@link #truncate} is not possible. */
  public boolean isRecurrent() {
    return !states.isEmpty();
  }

  /** Remembers the length and the states of recurrent layers, for {@link #rewind}. */
  public void mark() {
    markedLength = length;
    states.mark();
  }

  /**
   * Goes back to the last {@link #mark}, which stays. Sliding-window layers allow this while at
   * most {@link #SPARE_POSITIONS} positions have been appended since.
   *
   * @throws IllegalArgumentException if a sliding-window layer no longer holds what it has to
   */
  public void rewind() {
    states.rewind();
    truncateStores(markedLength);
  }

  private Stream<PositionStore> stores() {
    return Stream.of(keys, values, latents, indexKeys)
        .flatMap(Arrays::stream)
        .filter(Objects::nonNull);
  }

  /**
   * Keys and values that a layer's queries see.
   *
   * @param keys heads over (B, capacity, width), or in pages
   * @param values heads over (B, capacity, width), or in pages
   * @param from position of the first entry of both
   */
  public record Entries(KeyHeads keys, KeyHeads values, int from) {}

  /**
   * Appends keys and values (B, T, width) of a layer.
   *
   * @param window sliding window of the layer, in keys, the query's own included; must not change
   *     between calls; 0 for all keys
   * @return the keys and values that queries at these positions may see
   */
  public Entries append(int layer, int window, Heads k, Heads v) {
    if (pages != null) {
      requireRoom(k);
      return new Entries(
          pages.append(layer, 2 * layer, window, k, length),
          pages.append(layer, 2 * layer + 1, window, v, length),
          0);
    }
    if (layer == 0 && length == 0 && window == 0) {
      requireMemory(k, v);
    }
    PositionStore.Entries allKeys = append(keys, layer, window, k);
    return new Entries(allKeys.rows(), append(values, layer, window, v).rows(), allKeys.from());
  }

  /**
   * Checks, when the first layer appends the first positions, that all layers can hold theirs.
   *
   * @throws IllegalArgumentException if the machine has too little memory
   */
  private void requireMemory(Heads k, Heads v) {
    long perPosition = Float.BYTES * (k.width() + v.width()) * keys.length * k.batchSize();
    long needed = perPosition * k.seqLen();
    if (!MachineMemory.holds(needed)) {
      throw new IllegalArgumentException(
          "prompt: its keys and values must fit into memory, got %d sequences of %d tokens, which need %s, and the machine has %s; shorten it or use a smaller batch"
              .formatted(
                  k.batchSize(),
                  k.seqLen(),
                  MachineMemory.gib((double) needed),
                  MachineMemory.gib((double) MachineMemory.bytes())));
    }
    double most = (double) perPosition * maxPositions;
    if (most < Long.MAX_VALUE && !MachineMemory.holds((long) most)) {
      LOG.warn(
          "KV cache: {} tokens would need {}, and the machine has {} of memory; use a smaller --max-tokens if texts become that long",
          maxPositions,
          MachineMemory.gib(most),
          MachineMemory.gib((double) MachineMemory.bytes()));
    }
  }

  /**
   * Appends latent vectors (B, T, width) of a layer and returns all: one head over (B, capacity,
   * width).
   */
  public Heads appendLatents(int layer, Heads latent) {
    return append(latents, layer, 0, latent).rows();
  }

  /**
   * Appends keys (B, T, width) of a layer's indexer and returns all: one head over (B, capacity,
   * width).
   */
  public Heads appendIndexKeys(int layer, Heads k) {
    return append(indexKeys, layer, 0, k).rows();
  }

  private PositionStore.Entries append(
      @Nullable PositionStore[] stores, int layer, int window, Heads x) {
    requireRoom(x);
    PositionStore store = stores[layer];
    if (store == null) {
      store = new PositionStore(scope, window, maxPositions);
      stores[layer] = store;
    }
    return store.append(x, length);
  }

  private void requireRoom(Heads x) {
    if (length + x.seqLen() > maxPositions) {
      throw new IllegalArgumentException(
          "KV cache: at most %d positions, got %d".formatted(maxPositions, length + x.seqLen()));
    }
  }

  /**
   * Returns the length (B) of the encoder output of each row, without padding; empty without
   * encoder output.
   */
  public int[] sourceLengths() {
    return sourceLengths;
  }

  /** Prepares for the keys and values of encoder output with these lengths (B). */
  public void beginSource(int[] lengths) {
    sourceLengths = lengths.clone();
  }

  /**
   * Returns the keys and values (B, S, width) of the encoder output for a layer, computed by the
   * supplier at the first call and then kept.
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
   * Returns the state (B, ...) of a recurrent layer after its last call; null before its first.
   *
   * @param site index of the state within the layer
   */
  public @Nullable Tensor state(int layer, int site) {
    return states.get(layer, site);
  }

  /** Replaces the state (B, ...) of a recurrent layer by a copy of this tensor. */
  public void keepState(int layer, int site, Tensor state) {
    states.put(layer, site, state);
  }

  /**
   * Reorders the batch: row i becomes a copy of the former row rows[i]. Used to spread a prompt
   * over beams, to follow the best beams and to drop finished rows.
   */
  public void select(int[] rows) {
    if (pages != null && !Arrays.equals(rows, new int[] {0})) {
      throw new IllegalArgumentException(
          "KV cache: a paged cache holds one sequence, got rows " + Arrays.toString(rows));
    }
    stores().forEach(store -> store.select(rows, length));
    selectSource(rows);
    states.select(rows);
  }

  /** Beams of one source share its encoder output, so that reordering them copies nothing. */
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
