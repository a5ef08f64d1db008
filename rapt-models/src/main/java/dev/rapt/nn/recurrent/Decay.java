package dev.rapt.nn.recurrent;

import dev.rapt.autograd.Ops;
import dev.rapt.kernel.Activation;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;

/**
 * Decay rates of a recurrent layer, a = -exp(log): the state decays by exp(dt a) in a step dt.
 *
 * @param log logarithms of the rates, as checkpoints store them ({@code A_log})
 */
public record Decay(Parameter log) {
  /** Creates rates of this shape from the logarithms under a name of a checkpoint. */
  public static Decay of(ParameterSource source, String name, long... shape) {
    return new Decay(source.get(name, Init.ZEROS, shape));
  }

  /**
   * Returns the rates a.
   *
   * @param scope owns the result; it is that of the pass, not the model's, which lives longer
   */
  public Tensor rates(Scope scope) {
    float[] ones = new float[Math.toIntExact(log.shape().numElements())];
    Arrays.fill(ones, 1);
    Tensor copy = Ops.multiply(scope.floats(ones, log.shape().toArray()), log.value());
    return Ops.scale(Ops.activate(copy, Activation.EXP), -1);
  }
}
