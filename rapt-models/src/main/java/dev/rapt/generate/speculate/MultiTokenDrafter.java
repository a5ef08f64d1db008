package dev.rapt.generate.speculate;

import dev.rapt.autograd.Casts;
import dev.rapt.generate.decoding.Decoding;
import dev.rapt.model.CausalLm;
import dev.rapt.model.MultiTokenPrediction;
import dev.rapt.nn.Pass;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Guesses with the model's own modules for multi-token prediction, one token for each module.
 * DeepSeek-V3, arXiv:2412.19437, section 2.2. With the sequence x[0] to x[L - 1], and hidden states
 * h[0][t] of the model for t up to L - 2:
 *
 * <pre>
 * for k = 0, 1, ...: h[k + 1][t] = module k (h[k][t], x[t + k + 1])      t up to L - 2
 *                    x[L + k]    = choice of the logits of h[k + 1][L - 2]
 * </pre>
 *
 * <p>Each module has a KV cache. Its last k positions read guesses, so they are removed after each
 * draft and computed again from the tokens that the sequence took.
 */
public final class MultiTokenDrafter implements Drafter {
  private final MultiTokenPrediction modules;
  private final Sequence sequence;
  private final int hiddenSize;
  private final Scope scope;
  private final List<KvCache> caches = new ArrayList<>();

  /** For each module the hidden states (D) that it has not read, from its cache's length on. */
  private final List<List<float[]>> unread = new ArrayList<>();

  /**
   * Creates a drafter for one sequence.
   *
   * @param model must stay open
   * @param modules of this model
   */
  public MultiTokenDrafter(CausalLm model, MultiTokenPrediction modules, Sequence sequence) {
    this.modules = modules;
    this.sequence = sequence;
    hiddenSize = model.config().hiddenSize();
    scope = model.scope().child();
    int numLayers = model.config().numLayers() + modules.count();
    for (int k = 0; k < modules.count(); k++) {
      caches.add(new KvCache(scope, numLayers, 1, sequence.maxLength()));
      unread.add(new ArrayList<>());
    }
  }

  @Override
  public void read(Decoding decoding, int length, int taken) {
    MemorySegment states = decoding.hidden().memory();
    for (int i = Math.max(0, sequence.padding() - (length - taken)); i < taken; i++) {
      unread.getFirst().add(row(states, i));
    }
  }

  private float[] row(MemorySegment states, int index) {
    float[] row = new float[hiddenSize];
    long from = 4L * index * hiddenSize;
    MemorySegment.copy(states, ValueLayout.JAVA_FLOAT_UNALIGNED, from, row, 0, hiddenSize);
    return row;
  }

  @Override
  public int[] draft(int[] ids, int length, int most, TokenChoice choice) {
    int count = Math.min(most, Math.min(modules.count(), length - sequence.padding() - 2));
    int[] all = Arrays.copyOf(ids, length + Math.max(0, count));
    List<float[]> uncertain = new ArrayList<>();
    for (int k = 0; k < count; k++) {
      all[length + k] = guess(k, all, length, uncertain, choice);
      if (choice.ends(all[length + k])) {
        return Arrays.copyOfRange(all, length, length + k + 1);
      }
    }
    return Arrays.copyOfRange(all, length, all.length);
  }

  /**
   * Runs a module over the states that it has not read, and chooses the token after its last.
   *
   * @param uncertain states of the module before that come from guesses, which follow the unread
   *     ones; replaced by those of this module
   */
  private int guess(int k, int[] ids, int length, List<float[]> uncertain, TokenChoice choice) {
    KvCache cache = caches.get(k);
    int first = cache.length(); // in the sequence without padding
    List<float[]> inputs = new ArrayList<>(unread.get(k));
    inputs.addAll(uncertain);
    int rows = inputs.size();
    int certain = rows - k; // those that read no guess
    int from = sequence.padding() + first + k + 1;
    assert from + rows == length + k : "states must reach to the token before the last";
    try (Scope inside = scope.child()) {
      Tensor tokens = inside.ints(Arrays.copyOfRange(ids, from, from + rows), 1, rows);
      Tensor states = inside.floats(joined(inputs), 1, rows, hiddenSize);
      Pass pass = Pass.over(tokens).cache(cache).stepwise().build();
      Tensor hidden = Casts.toFloat(inside, modules.hidden(k, tokens, states, pass)); // (1, T, D)
      cache.advance(rows);
      cache.truncate(first + certain);
      unread.get(k).subList(0, certain).clear();
      uncertain.clear();
      for (int i = 0; i < rows && k + 1 < modules.count(); i++) {
        (i < certain ? unread.get(k + 1) : uncertain).add(row(hidden.memory(), i));
      }
      Tensor last = inside.floats(row(hidden.memory(), rows - 1), 1, hiddenSize);
      Tensor logits = Casts.toFloat(inside, modules.logits(k, last)); // (1, V)
      float[] scores = new float[sequence.vocabSize()];
      MemorySegment.copy(
          logits.memory(), ValueLayout.JAVA_FLOAT_UNALIGNED, 0, scores, 0, scores.length);
      return choice.choose(ids, length + k, scores);
    }
  }

  private float[] joined(List<float[]> rows) {
    float[] joined = new float[rows.size() * hiddenSize];
    for (int i = 0; i < rows.size(); i++) {
      System.arraycopy(rows.get(i), 0, joined, i * hiddenSize, hiddenSize);
    }
    return joined;
  }

  @Override
  public void close() {
    scope.close();
  }
}
