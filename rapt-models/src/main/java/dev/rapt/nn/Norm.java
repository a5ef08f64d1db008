package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Normalisation over the last dimension, as a rule with a learned weight. */
public sealed interface Norm {
  /** LayerNorm or RMSNorm. */
  enum Kind {
    /** LayerNorm, with bias. */
    LAYER,
    /** RMSNorm. */
    RMS
  }

  /** Maps x (..., D) to (..., D). */
  Tensor forward(Tensor x);

  /** Creates a norm of this kind over vectors of this width. */
  static Norm of(Kind kind, ParameterSource source, long width, float eps) {
    return switch (kind) {
      case LAYER -> LayerNorm.of(source, width, eps, true);
      case RMS -> RmsNorm.of(source, width, eps);
    };
  }

  /** LayerNorm: (x - mean) / sqrt(variance + eps) (offset + weight) + bias. arXiv:1607.06450. */
  record LayerNorm(Parameter weight, float offset, @Nullable Parameter bias, float eps)
      implements Norm {
    /** Creates a LayerNorm with weight and, if {@code hasBias}, bias. */
    public static LayerNorm of(ParameterSource source, long width, float eps, boolean hasBias) {
      return new LayerNorm(
          source.get("weight", Init.ONES, width),
          0,
          source.getIf(hasBias, "bias", Init.ZEROS, width),
          eps);
    }

    /**
     * Creates a LayerNorm with bias that multiplies by (1 + w) (zero-centred weight), as in
     * Nemotron.
     */
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

  /** Non-parametric LayerNorm, without weight and bias: (x - mean) / sqrt(variance + eps). OLMo. */
  record NonParametricLayerNorm(float eps) implements Norm {
    @Override
    public Tensor forward(Tensor x) {
      return Ops.layerNorm(x, null, null, eps);
    }
  }

  /** RMSNorm: x / sqrt(mean(x^2) + eps) (offset + weight). arXiv:1910.07467. */
  record RmsNorm(Parameter weight, float offset, float eps) implements Norm {
    /** Creates an RMSNorm with a weight initialised to 1. */
    public static RmsNorm of(ParameterSource source, long width, float eps) {
      return new RmsNorm(source.get("weight", Init.ONES, width), 0, eps);
    }

    /** Creates an RMSNorm with (1 + w) (zero-centred weight), as in Gemma. */
    public static RmsNorm zeroCentered(ParameterSource source, long width, float eps) {
      return new RmsNorm(source.get("weight", Init.ZEROS, width), 1, eps);
    }

    @Override
    public Tensor forward(Tensor x) {
      return Ops.rmsNorm(x, weight.value(), offset, eps);
    }
  }

  /** Non-parametric RMSNorm, without weight: x / sqrt(mean(x^2) + eps). Llama 4. */
  record NonParametricRmsNorm(float eps) implements Norm {
    @Override
    public Tensor forward(Tensor x) {
      return Ops.rmsNorm(x, null, 0, eps);
    }
  }

  /** No normalisation, for a block whose input is already normalised. */
  record Identity() implements Norm {
    @Override
    public Tensor forward(Tensor x) {
      return x;
    }
  }
}
