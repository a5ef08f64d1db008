package dev.rapt.text.embed;

import dev.rapt.autograd.Ops;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.tensor.Tensor;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Activation functions by the names of their classes in PyTorch, with the parameters there. */
public final class TorchActivation {
  private static final double SELU_SCALE = 1.0507009873554805;
  private static final double SELU_ALPHA = 1.6732632423543772;
  private static final double SHRINK = 0.5;

  private TorchActivation() {}

  /**
   * Returns the function that a key names: {@code torch.nn.modules.activation.Tanh}.
   *
   * @param otherwise simple name of the function where the key is absent: {@code Tanh}
   * @throws dev.rapt.checkpoint.CheckpointException if it is not known
   */
  public static UnaryOperator<Tensor> of(ConfigReader json, String key, String otherwise) {
    return of(json, key, otherwise, false);
  }

  /**
   * As the other method.
   *
   * @param trained whether gradients flow through the function
   * @throws dev.rapt.checkpoint.CheckpointException if it is not known, or must have a gradient and
   *     has none
   */
  static UnaryOperator<Tensor> of(
      ConfigReader json, String key, String otherwise, boolean trained) {
    String name = json.stringOr(key, "torch.nn." + otherwise);
    String simple = name.startsWith("torch.nn.") ? name.substring(name.lastIndexOf('.') + 1) : "";
    Activation kernel = kernel(simple);
    if (kernel != null) {
      return kernel == Activation.IDENTITY ? x -> x : x -> Ops.activate(x, kernel);
    }
    DoubleUnaryOperator plain = plain(simple);
    if (plain != null && trained) {
      throw json.error(
          key, "must be one that Rapt can train, such as Tanh, ReLU or GELU, got " + simple);
    }
    if (plain != null) {
      return x -> each(x, plain);
    }
    throw json.error(key, "must be a known activation function of torch.nn, got " + name);
  }

  private static @Nullable Activation kernel(String name) {
    return switch (name) {
      case "Identity" -> Activation.IDENTITY;
      case "Tanh" -> Activation.TANH;
      case "Sigmoid" -> Activation.SIGMOID;
      case "ReLU" -> Activation.RELU;
      case "ReLU6" -> Activation.RELU6;
      case "LeakyReLU" -> Activation.LEAKY_RELU;
      case "GELU" -> Activation.GELU;
      case "SiLU" -> Activation.SILU;
      case "Mish" -> Activation.MISH;
      case "Hardswish" -> Activation.HARD_SWISH;
      case "Softplus" -> Activation.SOFTPLUS;
      default -> null;
    };
  }

  private static @Nullable DoubleUnaryOperator plain(String name) {
    return switch (name) {
      case "ELU", "CELU" -> x -> x > 0 ? x : Math.expm1(x);
      case "SELU" -> x -> SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x));
      case "Hardtanh" -> x -> Math.clamp(x, -1, 1);
      case "Hardsigmoid" -> x -> Math.clamp(x + 3, 0, 6) / 6;
      case "LogSigmoid" -> x -> Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
      case "Softsign" -> x -> x / (1 + Math.abs(x));
      case "Tanhshrink" -> x -> x - Math.tanh(x);
      case "Softshrink" -> x -> Math.abs(x) > SHRINK ? x - Math.copySign(SHRINK, x) : 0;
      case "Hardshrink" -> x -> Math.abs(x) > SHRINK ? x : 0;
      default -> null;
    };
  }

  private static Tensor each(Tensor x, DoubleUnaryOperator f) {
    float[] values = x.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) f.applyAsDouble(values[i]);
    }
    return x.scope().floats(values, x.shape().toArray());
  }
}
