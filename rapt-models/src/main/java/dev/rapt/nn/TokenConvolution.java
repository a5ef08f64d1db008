package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A convolution over the tokens of a text: each output sees the tokens within (kernel - 1) / 2 on
 * each side, and zeros beyond the ends.
 *
 * @param weight (D, D, kernel)
 * @param bias (D)
 * @param kernel tokens that an output sees, odd
 */
public record TokenConvolution(Parameter weight, Parameter bias, int kernel) {
  /** Parameters {@code weight} and {@code bias} of a checkpoint. */
  public static TokenConvolution of(
      ParameterSource source, long hiddenSize, int kernel, double std) {
    return new TokenConvolution(
        source.get("weight", new Init.Normal(std), hiddenSize, hiddenSize, kernel),
        source.get("bias", Init.ZEROS, hiddenSize),
        kernel);
  }

  /** Maps x (B, T, D) to (B, T, D). */
  public Tensor forward(Tensor x) {
    long B = x.dim(0), T = x.dim(1), D = x.dim(2);
    List<Tensor> taps = new ArrayList<>();
    for (int tap = 0; tap < kernel; tap++) {
      taps.add(shifted(x, tap - kernel / 2).reshape(B, T, D, 1));
    }
    Tensor window = Ops.concat(taps).reshape(B, T, D * kernel);
    Tensor flat = weight.compute().reshape(D, D * kernel);
    return Ops.linear(window, flat, bias.value(), false);
  }

  /** x[t + offset] in place of x[t], zeros beyond the ends. */
  private static Tensor shifted(Tensor x, int offset) {
    if (offset == 0) {
      return x;
    }
    int B = Math.toIntExact(x.dim(0)), T = Math.toIntExact(x.dim(1));
    int[] rows = new int[B * T];
    float[] inside = new float[B * T];
    for (int i = 0; i < rows.length; i++) {
      int t = i % T + offset;
      inside[i] = t >= 0 && t < T ? 1 : 0;
      rows[i] = i - i % T + Math.clamp(t, 0, T - 1);
    }
    Tensor all = x.reshape((long) B * T, x.lastDim());
    Tensor moved = Ops.embedding(all, x.scope().ints(rows, B, T)); // (B, T, D)
    return Ops.multiply(moved, x.scope().floats(inside, B, T, 1));
  }
}
