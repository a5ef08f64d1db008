package dev.rapt.nn.attention;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** RoPE scaling: ways to extend rotary positions beyond the context length of training. */
public sealed interface RopeScaling {
  /** No scaling: plain RoPE. arXiv:2104.09864. */
  record None() implements RopeScaling {}

  /**
   * Linear scaling (position interpolation): positions are divided by a factor. arXiv:2306.15595.
   */
  record Linear(double factor) implements RopeScaling {}

  /**
   * Dynamic NTK scaling: the base grows once a sequence is longer than in training. Source: Hugging
   * Face transformers, modeling_rope_utils.py, {@code _compute_dynamic_ntk_parameters}.
   */
  record Dynamic(double factor, int trainedPositions) implements RopeScaling {}

  /**
   * Llama 3.1 scaling: low frequencies are divided by the factor, high ones kept, those between
   * blended. arXiv:2407.21783.
   */
  record Llama3(
      double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositions)
      implements RopeScaling {}

  /**
   * YaRN scaling, arXiv:2309.00071.
   *
   * @param attentionFactor factor of cos and sin, or null to derive it from the other values
   * @param mscale DeepSeek's numerator of the attention factor, or null
   * @param mscaleAllDim DeepSeek's denominator of the attention factor, or null
   * @param truncate whether the ends of the blended range are rounded to whole dimensions
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
    /** Returns 1 + 0.1 weight ln(factor). Section 3.4; DeepSeek adds the weight. */
    double mscale(double weight) {
      return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
    }

    /**
     * Returns the factor of attention scores in multi-head latent attention, in addition to that of
     * cos and sin: the square of DeepSeek's {@code mscale_all_dim} term.
     */
    public double latentScoreFactor() {
      return mscaleAllDim == null ? 1 : Math.pow(mscale(mscaleAllDim), 2);
    }
  }

  /**
   * LongRoPE scaling, arXiv:2402.13753: a factor per frequency, from one list up to the original
   * length and from another beyond.
   *
   * @param attentionFactor factor of cos and sin, or null to derive it from the lengths
   * @param factor extended context length over the original one
   */
  record LongRope(
      List<Double> shortFactor,
      List<Double> longFactor,
      double factor,
      int originalMaxPositions,
      @Nullable Double attentionFactor)
      implements RopeScaling {}
}
