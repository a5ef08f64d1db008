package dev.rapt.generate;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.Ops;
import dev.rapt.model.CausalLm;
import dev.rapt.nn.KvCache;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Generation with a causal language model and a cache of keys and values. */
public final class CausalLmDecoding implements DecodingModel {
  private final CausalLm model;

  /** Generation with this model, which the caller keeps open. */
  public CausalLmDecoding(CausalLm model) {
    this.model = model;
  }

  @Override
  public int vocabSize() {
    return model.config().vocabSize();
  }

  @Override
  public int maxPositions() {
    return model.config().endsAtMaxPositions() ? model.config().maxPositions() : Integer.MAX_VALUE;
  }

  @Override
  public Decoding start(int[][] ids, boolean[][] mask, int capacity) {
    Running running = new Running(capacity, paddings(mask));
    try {
      running.advance(Arrays.stream(ids).flatMapToInt(Arrays::stream).toArray());
      return running;
    } catch (RuntimeException e) {
      running.close();
      throw e;
    }
  }

  /** How many tokens on the left of each row do not count. */
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

  private final class Running implements Decoding {
    private final Scope scope = model.scope().child();
    private final KvCache cache;
    private final int leastPadding;
    private int[] paddings;
    private @Nullable Scope logitsScope;
    private @Nullable Tensor logits;

    Running(int capacity, int[] paddings) {
      this.paddings = paddings;
      leastPadding = Arrays.stream(paddings).min().orElse(0);
      cache = new KvCache(scope, model.config().numLayers(), paddings.length, capacity);
    }

    /** Runs new tokens (rows, T) and keeps the logits of the last of each row. */
    void advance(int[] ids) {
      dropLogits();
      Scope step = scope.child();
      logitsScope = step;
      int rows = paddings.length;
      int seqLen = ids.length / rows;
      Tensor tokens = step.ints(ids, rows, seqLen);
      int[] firstKeys = new int[ids.length];
      Arrays.setAll(firstKeys, i -> paddings[i / seqLen]);
      Pass pass =
          Pass.over(tokens)
              .firstKeys(firstKeys)
              .cache(cache)
              .currentLen(cache.length() + seqLen - leastPadding) // of rows that ended, too
              .build();
      Tensor hidden = model.hidden(tokens, pass);
      cache.advance(seqLen);
      logits = Casts.toFloat(step, model.logits(lastOfEachRow(hidden, rows, seqLen))); // (rows, V)
    }

    private static Tensor lastOfEachRow(Tensor hidden, int rows, int seqLen) {
      int[] last = new int[rows];
      Arrays.setAll(last, row -> row * seqLen + seqLen - 1);
      return Ops.embedding(hidden.reshape(-1, hidden.lastDim()), hidden.scope().ints(last, rows));
    }

    private void dropLogits() {
      logits = null;
      if (logitsScope != null) {
        logitsScope.close();
        logitsScope = null;
      }
    }

    @Override
    public int numRows() {
      return paddings.length;
    }

    @Override
    public MemorySegment logits() {
      if (logits == null) {
        throw new IllegalStateException("logits: not valid after select; call step first");
      }
      return logits.memory();
    }

    @Override
    public void step(int[] tokens) {
      if (tokens.length != numRows()) {
        throw new IllegalArgumentException(
            "step: needs a token for each of %d rows, got %d".formatted(numRows(), tokens.length));
      }
      advance(tokens);
    }

    @Override
    public void select(int[] rows) {
      dropLogits();
      cache.select(rows);
      int[] before = paddings;
      paddings = Arrays.stream(rows).map(row -> before[row]).toArray();
    }

    @Override
    public void close() {
      dropLogits();
      scope.close();
    }
  }
}
