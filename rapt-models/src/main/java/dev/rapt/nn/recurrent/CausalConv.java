package dev.rapt.nn.recurrent;

import dev.rapt.autograd.Recurrences;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Causal depthwise convolution: each channel is filtered over its present and its last K - 1
 * positions. With a cache it continues from the inputs of the previous call.
 *
 * @param weight (C, 1, K); the last column weighs the present position
 * @param bias (C), or null
 * @param inputs slot of the last K - 1 inputs
 */
public record CausalConv(Parameter weight, @Nullable Parameter bias, StateSlot inputs) {
  private static final int SITE = 0;

  /**
   * Creates a convolution with {@code weight} and perhaps {@code bias} of a checkpoint.
   *
   * @param layer index of the block
   * @param channels C
   * @param kernelSize K
   */
  public static CausalConv of(
      int layer, ParameterSource source, long channels, long kernelSize, boolean hasBias) {
    double std = 1 / Math.sqrt(3.0 * kernelSize); // as wide as PyTorch's uniform initialisation
    return new CausalConv(
        source.get("weight", new Init.Normal(std), channels, 1, kernelSize),
        source.getIf(hasBias, "bias", Init.ZEROS, channels),
        new StateSlot(layer, SITE));
  }

  /** Maps x (B, T, C) to (B, T, C). */
  public Tensor forward(Tensor x, Pass pass) {
    Tensor state = inputs.read(pass);
    Tensor shift = bias == null ? null : bias.value();
    Tensor y = Recurrences.causalConv(x, weight.value(), shift, state);
    inputs.keepInputs(
        x, weight.shape().dim(2), pass); // last, since this frees the state read above
    return y;
  }
}
