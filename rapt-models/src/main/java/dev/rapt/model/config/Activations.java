package dev.rapt.model.config;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;

/** Names of activations in Hugging Face configurations. */
public final class Activations {
  private Activations() {}

  /** Returns the activation that a configuration names under this key. */
  public static Activation read(ConfigReader json, String key, String defaultName) {
    return named(json, key, json.stringOr(key, defaultName));
  }

  /** Returns the activation of this name; errors refer to this key of the configuration. */
  public static Activation named(ConfigReader json, String key, String name) {
    return switch (name) {
      case "gelu", "gelu_python" -> Activation.GELU;
      case "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python_tanh", "gelu_accurate" ->
          Activation.GELU_TANH;
      case "quick_gelu" -> Activation.QUICK_GELU;
      case "relu" -> Activation.RELU;
      case "relu2" -> Activation.RELU_SQUARED;
      case "silu", "swish" -> Activation.SILU;
      case "sigmoid" -> Activation.SIGMOID;
      case "tanh" -> Activation.TANH;
      case "linear" -> Activation.IDENTITY;
      case "gelu_10" -> Activation.GELU_10;
      case "laplace" -> Activation.LAPLACE;
      case "mish" -> Activation.MISH;
      case "hardswish" -> Activation.HARD_SWISH;
      case "relu6" -> Activation.RELU6;
      case "leaky_relu" -> Activation.LEAKY_RELU;
      case "sqrtsoftplus" -> Activation.SQRT_SOFTPLUS;
      default ->
          throw json.error(
              key,
              "must be one of gelu, gelu_new, gelu_pytorch_tanh, quick_gelu, relu, relu2, silu,"
                  + " sigmoid, tanh, linear, gelu_10, laplace, mish, hardswish, relu6, leaky_relu,"
                  + " sqrtsoftplus, got "
                  + name);
    };
  }

  /** Returns the name of an activation in Hugging Face configurations. */
  public static String name(Activation activation) {
    return switch (activation) {
      case IDENTITY -> "linear";
      case GELU -> "gelu";
      case GELU_TANH -> "gelu_new";
      case QUICK_GELU -> "quick_gelu";
      case RELU -> "relu";
      case RELU_SQUARED -> "relu2";
      case SILU -> "silu";
      case SIGMOID -> "sigmoid";
      case TANH -> "tanh";
      case GELU_10 -> "gelu_10";
      case LAPLACE -> "laplace";
      case MISH -> "mish";
      case HARD_SWISH -> "hardswish";
      case RELU6 -> "relu6";
      case LEAKY_RELU -> "leaky_relu";
      case SQRT_SOFTPLUS -> "sqrtsoftplus";
      case SOFTPLUS, EXP, XIELU_BELOW ->
          throw new IllegalArgumentException(
              "activation: must have a name in Hugging Face configurations, got " + activation);
    };
  }
}
