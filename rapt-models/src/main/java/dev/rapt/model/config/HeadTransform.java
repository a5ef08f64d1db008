package dev.rapt.model.config;

import dev.rapt.kernel.Activation;
import org.jspecify.annotations.Nullable;

/**
 * The layer between an encoder and the last layer of a head: norm(activation(x W + b)).
 *
 * @param dense name of the linear layer in a checkpoint
 * @param inBody whether the names start at the model without its head, as for BERT's pooler
 * @param bias whether the linear layer has a bias
 * @param activation after the linear layer
 * @param norm name of the LayerNorm; null without one
 * @param normBias whether the LayerNorm has a bias
 */
public record HeadTransform(
    String dense,
    boolean inBody,
    boolean bias,
    Activation activation,
    @Nullable String norm,
    boolean normBias) {
  /** BERT's pooler, which a checkpoint stores with the model without its head. */
  public static final HeadTransform POOLER = of("pooler.dense", Activation.TANH).inside();

  /** A linear layer with bias and activation, without LayerNorm. */
  public static HeadTransform of(String dense, Activation activation) {
    return new HeadTransform(dense, false, true, activation, null, true);
  }

  /** Returns a copy whose names start at the model without its head. */
  public HeadTransform inside() {
    return new HeadTransform(dense, true, bias, activation, norm, normBias);
  }

  /** Returns a copy with a LayerNorm of this name. */
  public HeadTransform normed(String name) {
    return new HeadTransform(dense, inBody, bias, activation, name, normBias);
  }

  /** Returns a copy with or without biases in the linear layer and in the LayerNorm. */
  public HeadTransform biased(boolean ofLayer, boolean ofNorm) {
    return new HeadTransform(dense, inBody, ofLayer, activation, norm, ofNorm);
  }
}
