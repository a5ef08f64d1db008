package dev.rapt.nn.recurrent;

import dev.rapt.autograd.Recurrences;
import dev.rapt.nn.Pass;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The place in the cache where a recurrent layer keeps its state between calls. A pass without a
 * cache starts from no state and keeps none.
 *
 * @param layer index of the block
 * @param site number of the state within the block
 */
public record StateSlot(int layer, int site) {
  /** Returns the state that the last call left, or null before the first call. */
  public @Nullable Tensor read(Pass pass) {
    KvCache cache = pass.cache();
    return cache == null ? null : cache.state(layer, site);
  }

  /** Keeps the state of a recurrence for the next call, and returns its output. */
  public Tensor keep(Recurrences.Outcome outcome, Pass pass) {
    KvCache cache = pass.cache();
    if (cache != null) {
      cache.keepState(layer, site, outcome.state());
    }
    return outcome.out();
  }

  /** Keeps the last inputs x (B, T, C) of a causal convolution for the next call. */
  public void keepInputs(Tensor x, long kernelSize, Pass pass) {
    KvCache cache = pass.cache();
    if (cache != null) {
      cache.keepState(layer, site, Recurrences.causalConvState(x, kernelSize, read(pass)));
    }
  }
}
