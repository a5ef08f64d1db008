package dev.rapt.nn.recurrent;

import dev.rapt.autograd.Recurrences;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One layer of an LSTM in one direction. Its parameters are those of torch.nn.LSTM, gates in the
 * order i, f, g, o.
 *
 * @param input {@code weight_ih}, (4H, I)
 * @param hidden {@code weight_hh}, (4H, H)
 * @param inputBias {@code bias_ih}, (4H)
 * @param hiddenBias {@code bias_hh}, (4H)
 * @param reverse whether it reads the last position first
 */
public record LstmLayer(
    Parameter input, Parameter hidden, Parameter inputBias, Parameter hiddenBias, boolean reverse) {
  /**
   * Creates a layer; fresh biases are 0.
   *
   * @param source of all layers, which differ in the suffix of their names
   * @param layer index of the layer
   * @param inputSize I
   * @param size H
   * @param std standard deviation of fresh weights
   */
  public static LstmLayer of(
      ParameterSource source, int layer, long inputSize, long size, double std, boolean reverse) {
    String suffix = "_l" + layer + (reverse ? "_reverse" : "");
    Init init = new Init.Normal(std);
    return new LstmLayer(
        source.get("weight_ih" + suffix, init, 4 * size, inputSize),
        source.get("weight_hh" + suffix, init, 4 * size, size),
        source.get("bias_ih" + suffix, Init.ZEROS, 4 * size),
        source.get("bias_hh" + suffix, Init.ZEROS, 4 * size),
        reverse);
  }

  /**
   * Maps x (B, T, I) to (B, T, H) and the last state (B, 2, H), h and c.
   *
   * @param mask (B, T) i32, 0 for padding, which leaves the state as it is; null without padding
   * @param state (B, 2, H) f32 before the first position; null for zeros
   */
  public Recurrences.Outcome forward(Tensor x, @Nullable Tensor mask, @Nullable Tensor state) {
    Recurrences.LstmWeights weights =
        new Recurrences.LstmWeights(
            input.compute(), hidden.compute(), inputBias.value(), hiddenBias.value());
    return Recurrences.lstm(x, weights, mask, state, reverse);
  }
}
