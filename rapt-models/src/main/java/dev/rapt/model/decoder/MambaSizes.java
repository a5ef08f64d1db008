package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;

/**
 * What Mamba 1 and 2 have in common.
 *
 * @param vocabSize V
 * @param hiddenSize D
 * @param numLayers L
 * @param innerSize C, channels inside a block
 * @param stateSize N, numbers that each channel carries
 * @param kernelSize positions that the convolution sees
 * @param normEps of every norm
 * @param activation after the convolution
 * @param bias whether the projections into and out of a block have biases
 * @param convBias whether the convolution has one
 * @param tiedHead whether the head reads the token embedding as its weight
 * @param initStd standard deviation of fresh weights
 */
public record MambaSizes(
    int vocabSize,
    int hiddenSize,
    int numLayers,
    int innerSize,
    int stateSize,
    int kernelSize,
    float normEps,
    Activation activation,
    boolean bias,
    boolean convBias,
    boolean tiedHead,
    double initStd) {

  /**
   * Reads them.
   *
   * @param tiedByDefault whether the head is tied when the file does not say
   */
  static MambaSizes parse(ConfigReader json, boolean tiedByDefault) {
    int hiddenSize = json.requireInt("hidden_size", 1, Integer.MAX_VALUE);
    return new MambaSizes(
        json.requireInt("vocab_size", 1, Integer.MAX_VALUE),
        hiddenSize,
        json.requireInt("num_hidden_layers", 1, Integer.MAX_VALUE),
        (int) (json.positiveOr("expand", 2) * hiddenSize),
        json.requireInt("state_size", 1, Integer.MAX_VALUE),
        json.intOr("conv_kernel", 4, 1, 1 << 16),
        json.epsilonOr("layer_norm_epsilon", 1e-5),
        Activations.read(json, "hidden_act", "silu"),
        json.boolOr("use_bias", false),
        json.boolOr("use_conv_bias", true),
        json.boolOr("tie_word_embeddings", tiedByDefault),
        json.atLeastZeroOr("initializer_range", 0.1));
  }
}
