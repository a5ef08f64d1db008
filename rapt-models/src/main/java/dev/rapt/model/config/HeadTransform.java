package dev.rapt.model.config;

import dev.rapt.kernel.Activation;
import org.jspecify.annotations.Nullable;

/**
 * A layer, an activation and perhaps a norm: what stands between an encoder and the last layer of a
 * head.
 *
 * @param dense where the layer lies in a checkpoint
 * @param inBody whether that is inside the model without head
 * @param bias whether the layer has a bias
 * @param norm where the norm lies; null for none
 * @param normBias whether the norm has a bias
 */
public record HeadTransform(
    String dense,
    boolean inBody,
    boolean bias,
    Activation activation,
    @Nullable String norm,
    boolean normBias) {
  /** BERT's pooler, which belongs to the model itself. */
  public static final HeadTransform POOLER = of("pooler.dense", Activation.TANH).inside();

  /** A layer beside the model, with bias, without a norm. */
  public static HeadTransform of(String dense, Activation activation) {
    return new HeadTransform(dense, false, true, activation, null, true);
  }

  /** The same inside the model. */
  public HeadTransform inside() {
    return new HeadTransform(dense, true, bias, activation, norm, normBias);
  }

  /** The same with a norm. */
  public HeadTransform normed(String name) {
    return new HeadTransform(dense, inBody, bias, activation, name, normBias);
  }

  /** The same with biases, or without, in the layer and in the norm. */
  public HeadTransform biased(boolean ofLayer, boolean ofNorm) {
    return new HeadTransform(dense, inBody, ofLayer, activation, norm, ofNorm);
  }
}
