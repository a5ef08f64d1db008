package dev.rapt.generate.decoding;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.Ops;
import dev.rapt.nn.Pass;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
  private final List<int[]> sinceMark = new ArrayList<>();
  private boolean marked;

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
      decoding.advance(Arrays.stream(ids).flatMapToInt(Arrays::stream).toArray(), 1);
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

  /** Runs new tokens (rows, T) and keeps the logits after the last numLogits of each row. */
  private void advance(int[] ids, int numLogits) {
    dropStep();
    Scope step = scope.child();
    stepScope = step;
    Tensor all = hidden(step, ids);
    hidden = all;
    logits = Casts.toFloat(step, network.logits(lastOfEachRow(all, numLogits))); // (rows N, V)
  }

  /** Runs new tokens (rows, T) and returns their hidden states (rows, T, D). */
  private Tensor hidden(Scope step, int[] ids) {
    int seqLen = ids.length / numRows();
    Tensor tokens = step.ints(ids, numRows(), seqLen);
    int[] firstKeys = new int[ids.length];
    Arrays.setAll(firstKeys, i -> paddings[i / seqLen]);
    Pass.Builder pass =
        Pass.over(tokens)
            .firstKeys(firstKeys)
            .cache(cache)
            .currentLen(cache.length() + seqLen - leastPadding); // including rows that ended
    if (cache.length() > 0 && seqLen > 1) {
      pass.stepwise(); // later tokens of this pass are no reason to scale the rotation
    }
    Tensor all = network.hidden(tokens, pass);
    cache.advance(seqLen);
    return all;
  }

  /** Returns the hidden states (rows N, D) of the last N positions of each row. */
  private static Tensor lastOfEachRow(Tensor hidden, int count) {
    int rows = Math.toIntExact(hidden.dim(0));
    int seqLen = Math.toIntExact(hidden.dim(1));
    int[] last = new int[rows * count];
    Arrays.setAll(last, i -> (i / count + 1) * seqLen - count + i % count);
    return Ops.embedding(
        hidden.reshape(-1, hidden.lastDim()), hidden.scope().ints(last, last.length));
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
    advance(tokens, 1);
    remember(tokens);
  }

  @Override
  public void stepAll(int[] tokens, int numLogits) {
    requireOneRow("stepAll");
    if (numLogits < 1 || numLogits > tokens.length) {
      throw new IllegalArgumentException(
          "stepAll: must give logits of 1 to %d positions, got %d"
              .formatted(tokens.length, numLogits));
    }
    advance(tokens, numLogits);
    remember(tokens);
  }

  private void requireOneRow(String method) {
    if (numRows() != 1) {
      throw new IllegalStateException(method + ": must have one row, got " + numRows());
    }
  }

  /** Keeps the tokens that recurrent layers have to read again if some of them are removed. */
  private void remember(int[] tokens) {
    if (marked) {
      sinceMark.add(tokens.clone());
    }
  }

  @Override
  public void mark() {
    requireOneRow("mark");
    marked = true;
    sinceMark.clear();
    cache.mark();
  }

  @Override
  public void undo(int numPositions) {
    int[] tokens = sinceMark.stream().flatMapToInt(Arrays::stream).toArray();
    if (numPositions < 0 || numPositions > tokens.length) {
      throw new IllegalArgumentException(
          "undo: must be at most the %d positions since the mark, got %d"
              .formatted(tokens.length, numPositions));
    }
    if (numPositions == 0) {
      return;
    }
    dropStep();
    int[] kept = Arrays.copyOf(tokens, tokens.length - numPositions);
    sinceMark.clear();
    if (cache.isRecurrent()) {
      cache.rewind();
      if (kept.length > 0) {
        try (Scope inside = scope.child()) {
          hidden(inside, kept);
        }
      }
    } else {
      cache.truncate(cache.length() - numPositions);
    }
    sinceMark.add(kept);
  }

  @Override
  public void select(int[] rows) {
    dropStep();
    marked = false;
    sinceMark.clear();
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
