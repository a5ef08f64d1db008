package dev.rapt.nn.recurrent;

import dev.rapt.autograd.Ops;
import dev.rapt.kernel.Activation;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;

/** -exp(p): rates at which recurrent layers forget, kept as their logarithms. */
public record Decay(Parameter log) {
  /** Rates of this shape under a name of a checkpoint. */
  public static Decay of(ParameterSource source, String name, long... shape) {
    return new Decay(source.get(name, Init.ZEROS, shape));
  }

  /** The rates, in a scope of the pass, so that the model's own grows by no call. */
  public Tensor rates(Scope scope) {
    float[] ones = new float[Math.toIntExact(log.shape().numElements())];
    Arrays.fill(ones, 1);
    Tensor copy = Ops.multiply(scope.floats(ones, log.shape().toArray()), log.value());
    return Ops.scale(Ops.activate(copy, Activation.EXP), -1);
  }
}
