package dev.rapt.nn;

import dev.rapt.autograd.Recurrences;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Convolution of each channel over the present and the last few positions, which goes on where the
 * cache of a pass left off.
 *
 * @param weight (C, 1, K), the last for the present
 * @param bias (C), or null
 * @param layer index of the layer, for the cache
 */
public record CausalConv(Parameter weight, @Nullable Parameter bias, int layer) {
  private static final int STATE_SITE = 0;

  /** A convolution over kernelSize positions. */
  public static CausalConv of(
      int layer, ParameterSource source, long channels, long kernelSize, boolean hasBias) {
    double std = 1 / Math.sqrt(3.0 * kernelSize); // as wide as PyTorch's uniform initialisation
    return new CausalConv(
        source.get("weight", new Init.Normal(std), channels, 1, kernelSize),
        source.getIf(hasBias, "bias", Init.ZEROS, channels),
        layer);
  }

  /** Maps x (B, T, C) to (B, T, C). */
  public Tensor forward(Tensor x, Pass pass) {
    KvCache cache = pass.cache();
    Tensor state = cache == null ? null : cache.state(layer, STATE_SITE);
    Tensor shift = bias == null ? null : bias.value();
    Tensor y = Recurrences.causalConv(x, weight.value(), shift, state);
    if (cache != null) { // last, since this frees the state that was read here
      long kernelSize = weight.shape().dim(2);
      cache.keepState(layer, STATE_SITE, Recurrences.causalConvState(x, kernelSize, state));
    }
    return y;
  }
}
