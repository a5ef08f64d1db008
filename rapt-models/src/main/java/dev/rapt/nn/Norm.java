package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Normalisation over the last dimension, mostly with learned scale. */
public sealed interface Norm {
  /** Which of the two. */
  enum Kind {
    LAYER,
    RMS
  }

  /** Maps x (..., D) to (..., D). */
  Tensor forward(Tensor x);

  /** A norm of this kind over vectors of this width. */
  static Norm of(Kind kind, ParameterSource source, long width, float eps) {
    return switch (kind) {
      case LAYER -> LayerNorm.of(source, width, eps, true);
      case RMS -> RmsNorm.of(source, width, eps);
    };
  }

  /** (x - mean) / sqrt(variance + eps) (offset + weight) + bias. arXiv:1607.06450. */
  record LayerNorm(Parameter weight, float offset, @Nullable Parameter bias, float eps)
      implements Norm {
    /** With weight and, if wanted, bias. */
    public static LayerNorm of(ParameterSource source, long width, float eps, boolean hasBias) {
      return new LayerNorm(
          source.get("weight", Init.ONES, width),
          0,
          source.getIf(hasBias, "bias", Init.ZEROS, width),
          eps);
    }

    /** With bias, and with a weight that is stored less 1, as Nemotron does. */
    public static LayerNorm zeroCentered(ParameterSource source, long width, float eps) {
      return new LayerNorm(
          source.get("weight", Init.ZEROS, width), 1, source.get("bias", Init.ZEROS, width), eps);
    }

    @Override
    public Tensor forward(Tensor x) {
      Tensor shift = bias == null ? null : bias.value();
      return Ops.layerNorm(x, weight.value(), offset, shift, eps);
    }
  }

  /** (x - mean) / sqrt(variance + eps): layer norm that has nothing to learn, as in OLMo. */
  record NonParametricLayerNorm(float eps) implements Norm {
    @Override
    public Tensor forward(Tensor x) {
      return Ops.layerNorm(x, null, null, eps);
    }
  }

  /** x / sqrt(mean(x^2) + eps) (offset + weight). arXiv:1910.07467. */
  record RmsNorm(Parameter weight, float offset, float eps) implements Norm {
    /** With a weight that begins as 1. */
    public static RmsNorm of(ParameterSource source, long width, float eps) {
      return new RmsNorm(source.get("weight", Init.ONES, width), 0, eps);
    }

    /** With a weight that is stored less 1, as Gemma does. */
    public static RmsNorm zeroCentered(ParameterSource source, long width, float eps) {
      return new RmsNorm(source.get("weight", Init.ZEROS, width), 1, eps);
    }

    @Override
    public Tensor forward(Tensor x) {
      return Ops.rmsNorm(x, weight.value(), offset, eps);
    }
  }

  /** x / sqrt(mean(x^2) + eps): RMS norm that has nothing to learn, as in Llama 4. */
  record NonParametricRmsNorm(float eps) implements Norm {
    @Override
    public Tensor forward(Tensor x) {
      return Ops.rmsNorm(x, null, 0, eps);
    }
  }

  /** Nothing: where a block's input has been normalised already. */
  record Identity() implements Norm {
    @Override
    public Tensor forward(Tensor x) {
      return x;
    }
  }
}
