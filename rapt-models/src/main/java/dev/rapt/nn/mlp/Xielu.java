package dev.rapt.nn.mlp;

import dev.rapt.autograd.Ops;
import dev.rapt.kernel.Activation;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.tensor.Tensor;

/**
 * xIELU: a x^2 + x / 2 above 0 and b (exp(x) - 1 - x) + x / 2 below, with a = softplus(alphaP) and
 * b = 1/2 + softplus(alphaN). arXiv:2411.13010, section 3.
 *
 * @param alphaP (1)
 * @param alphaN (1)
 */
public record Xielu(Parameter alphaP, Parameter alphaN) {
  private static final float BETA = 0.5f;

  /** Creates it from {@code alpha_p} and {@code alpha_n}; new ones give a = b = 0.8. */
  public static Xielu of(ParameterSource source) {
    return new Xielu(
        source.get("alpha_p", inverseSoftplus(0.8), 1),
        source.get("alpha_n", inverseSoftplus(0.8 - BETA), 1));
  }

  private static Init inverseSoftplus(double y) {
    return new Init.Constant((float) Math.log(Math.expm1(y)));
  }

  /** Applies xIELU to each element of x. */
  public Tensor forward(Tensor x) {
    Tensor above = Ops.multiply(Ops.activate(x, Activation.RELU_SQUARED), softplus(alphaP, x));
    Tensor below = Ops.activate(x, Activation.XIELU_BELOW);
    Tensor weighted = Ops.add(Ops.multiply(below, softplus(alphaN, x)), Ops.scale(below, BETA));
    return Ops.add(Ops.add(above, weighted), Ops.scale(x, BETA));
  }

  /** softplus(parameter), in the scope of x and not in that of the model, which lives longer. */
  private static Tensor softplus(Parameter parameter, Tensor x) {
    Tensor copy = Ops.multiply(x.scope().floats(new float[] {1}, 1), parameter.value());
    return Ops.activate(copy, Activation.SOFTPLUS);
  }
}
