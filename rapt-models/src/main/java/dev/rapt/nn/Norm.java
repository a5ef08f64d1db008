package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Normalisation over the last dimension, with learned scale. */
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

  /** (x - mean) / sqrt(variance + eps) weight + bias. arXiv:1607.06450. */
  record LayerNorm(Parameter weight, @Nullable Parameter bias, float eps) implements Norm {
    /** With weight and, if wanted, bias. */
    public static LayerNorm of(ParameterSource source, long width, float eps, boolean hasBias) {
      return new LayerNorm(
          source.get("weight", Init.ONES, width),
          source.getIf(hasBias, "bias", Init.ZEROS, width),
          eps);
    }

    @Override
    public Tensor forward(Tensor x) {
      return Ops.layerNorm(x, weight.value(), bias == null ? null : bias.value(), eps);
    }
  }

  /** x / sqrt(mean(x^2) + eps) weight. arXiv:1910.07467. */
  record RmsNorm(Parameter weight, float eps) implements Norm {
    /** With weight. */
    public static RmsNorm of(ParameterSource source, long width, float eps) {
      return new RmsNorm(source.get("weight", Init.ONES, width), eps);
    }

    @Override
    public Tensor forward(Tensor x) {
      return Ops.rmsNorm(x, weight.value(), 0, eps);
    }
  }
}
