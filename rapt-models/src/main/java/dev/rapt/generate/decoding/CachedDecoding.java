package dev.rapt.generate.decoding;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.Ops;
import dev.rapt.nn.Pass;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The state of a generation with a KV cache, for any model. */
final class CachedDecoding implements Decoding {
  /** The model, bound to the input it generates from. */
  interface Network {
    /** Layers that keep keys and values. */
    int numLayers();

    /**
     * Maps new ids (rows, T) to hidden states (rows, T, D).
     *
     * @param pass of these ids, with the cache
     */
    Tensor hidden(Tensor ids, Pass.Builder pass);

    /** Maps hidden states (rows, D) to logits (rows, V). */
    Tensor logits(Tensor hidden);
  }

  private final Scope scope;
  private final Network network;
  private final KvCache cache;
  private final int leastPadding;
  private int[] paddings;
  private @Nullable Scope stepScope;
  private @Nullable Tensor hidden;
  private @Nullable Tensor logits;

  /**
   * A decoding before its first pass.
   *
   * @param scope of this generation; closed with it
   * @param paddings number of padding tokens on the left of each row
   */
  private CachedDecoding(Scope scope, Network network, KvCache cache, int[] paddings) {
    this.scope = scope;
    this.network = network;
    this.cache = cache;
    this.paddings = paddings;
    leastPadding = Arrays.stream(paddings).min().orElse(0);
  }

  /**
   * Runs prompts, as {@link DecodingModel#start} specifies.
   *
   * @param scope of this generation; the result owns it
   */
  static Decoding start(Scope scope, Network network, int[][] ids, boolean[][] mask, int capacity) {
    try {
      KvCache cache = new KvCache(scope, network.numLayers(), ids.length, capacity);
      CachedDecoding decoding = new CachedDecoding(scope, network, cache, paddings(mask));
      decoding.advance(Arrays.stream(ids).flatMapToInt(Arrays::stream).toArray());
      return decoding;
    } catch (RuntimeException e) {
      scope.close();
      throw e;
    }
  }

  /** The number of padding tokens on the left of each row. */
  private static int[] paddings(boolean[][] mask) {
    int[] paddings = new int[mask.length];
    for (int row = 0; row < mask.length; row++) {
      while (paddings[row] < mask[row].length && !mask[row][paddings[row]]) {
        paddings[row]++;
      }
      for (int i = paddings[row]; i < mask[row].length; i++) {
        if (!mask[row][i]) {
          throw new IllegalArgumentException(
              "attention mask: padding must be on the left, got some at position %d of row %d"
                  .formatted(i, row));
        }
      }
    }
    return paddings;
  }

  /** Runs new tokens (rows, T) and keeps the logits of the last of each row. */
  private void advance(int[] ids) {
    dropStep();
    Scope step = scope.child();
    stepScope = step;
    int rows = paddings.length;
    int seqLen = ids.length / rows;
    Tensor tokens = step.ints(ids, rows, seqLen);
    int[] firstKeys = new int[ids.length];
    Arrays.setAll(firstKeys, i -> paddings[i / seqLen]);
    Pass.Builder pass =
        Pass.over(tokens)
            .firstKeys(firstKeys)
            .cache(cache)
            .currentLen(cache.length() + seqLen - leastPadding); // including rows that ended
    Tensor all = network.hidden(tokens, pass);
    cache.advance(seqLen);
    hidden = all;
    logits = Casts.toFloat(step, network.logits(lastOfEachRow(all, rows, seqLen))); // (rows, V)
  }

  private static Tensor lastOfEachRow(Tensor hidden, int rows, int seqLen) {
    int[] last = new int[rows];
    Arrays.setAll(last, row -> row * seqLen + seqLen - 1);
    return Ops.embedding(hidden.reshape(-1, hidden.lastDim()), hidden.scope().ints(last, rows));
  }

  private void dropStep() {
    hidden = null;
    logits = null;
    if (stepScope != null) {
      stepScope.close();
      stepScope = null;
    }
  }

  @Override
  public int numRows() {
    return paddings.length;
  }

  @Override
  public MemorySegment logits() {
    return present(logits).memory();
  }

  @Override
  public Tensor hidden() {
    Tensor states = present(hidden);
    return Casts.toFloat(states.scope(), states);
  }

  private static Tensor present(@Nullable Tensor tensor) {
    if (tensor == null) {
      throw new IllegalStateException("logits: not valid after select; call step first");
    }
    return tensor;
  }

  @Override
  public void step(int[] tokens) {
    if (tokens.length != numRows()) {
      throw new IllegalArgumentException(
          "step: must have one token for each of %d rows, got %d"
              .formatted(numRows(), tokens.length));
    }
    advance(tokens);
  }

  @Override
  public void select(int[] rows) {
    dropStep();
    cache.select(rows);
    int[] before = paddings;
    paddings = Arrays.stream(rows).map(row -> before[row]).toArray();
  }

  @Override
  public void close() {
    dropStep();
    scope.close();
  }
}
