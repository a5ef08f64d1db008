package dev.rapt.nn.attention;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ways to stretch rotary positions beyond the length a model was trained on. */
public sealed interface RopeScaling {
  /** Positions as they are. arXiv:2104.09864. */
  record None() implements RopeScaling {}

  /** Positions divided by a factor. arXiv:2306.15595. */
  record Linear(double factor) implements RopeScaling {}

  /**
   * "Dynamic NTK": the base grows once the current length exceeds the trained one. Source: Hugging
   * Face transformers, modeling_rope_utils.py, {@code _compute_dynamic_ntk_parameters}.
   */
  record Dynamic(double factor, int trainedPositions) implements RopeScaling {}

  /** Llama 3.1: low frequencies slowed, high ones kept, a blend between. arXiv:2407.21783. */
  record Llama3(
      double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositions)
      implements RopeScaling {}

  /**
   * YaRN, arXiv:2309.00071.
   *
   * @param attentionFactor factor of cos and sin, or null to derive it from the others
   * @param mscale DeepSeek's numerator of the attention factor, or null
   * @param mscaleAllDim DeepSeek's denominator of the attention factor, or null
   * @param truncate whether the ends of the blend are rounded to whole dimensions
   */
  record Yarn(
      double factor,
      int originalMaxPositions,
      double betaFast,
      double betaSlow,
      @Nullable Double attentionFactor,
      @Nullable Double mscale,
      @Nullable Double mscaleAllDim,
      boolean truncate)
      implements RopeScaling {
    /** 1 + 0.1 weight ln(factor): grows with the stretch. Section 3.4; DeepSeek adds the weight. */
    double mscale(double weight) {
      return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
    }

    /**
     * What multi-head latent attention multiplies its scores by, in addition to the rotation's own
     * factor: the square of DeepSeek's {@code mscale_all_dim} term.
     */
    public double latentScoreFactor() {
      return mscaleAllDim == null ? 1 : Math.pow(mscale(mscaleAllDim), 2);
    }
  }

  /**
   * LongRoPE, arXiv:2402.13753: one factor for each frequency, one list up to the original length
   * and one beyond.
   *
   * @param attentionFactor factor of cos and sin, or null to derive it from the lengths
   * @param factor extended length over original length
   */
  record LongRope(
      List<Double> shortFactor,
      List<Double> longFactor,
      double factor,
      int originalMaxPositions,
      @Nullable Double attentionFactor)
      implements RopeScaling {}
}
