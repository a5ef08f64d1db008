package dev.rapt.model.encoder;

import dev.rapt.autograd.Ops;
import dev.rapt.kernel.Activation;
import dev.rapt.model.parts.EncoderParts;
import dev.rapt.model.parts.PaddingRows;
import dev.rapt.nn.Init;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A convolution over neighbouring tokens beside the first layer, whose result is added to the
 * layer's. The larger models of DeBERTa's second version.
 *
 * @param weight (D, D, kernel)
 * @param bias (D)
 */
record TokenConvolution(
    Parameter weight, Parameter bias, int kernel, Activation activation, Norm norm, float dropout) {
  private static final int DROPOUT_SITE = 9;

  static TokenConvolution of(Deberta.Config config, EncoderParts parts, ParameterSource source) {
    long D = config.sizes().hiddenSize();
    ParameterSource conv = source.at("conv");
    return new TokenConvolution(
        conv.get("weight", new Init.Normal(config.sizes().initStd()), D, D, config.convKernel()),
        conv.get("bias", Init.ZEROS, D),
        config.convKernel(),
        config.convActivation(),
        parts.norm(source.at("LayerNorm")),
        config.sizes().dropout());
  }

  /** norm(y + f(convolution of x)), all (B, T, D). */
  Tensor add(Tensor x, Tensor y, Pass pass) {
    long B = x.dim(0), T = x.dim(1), D = x.dim(2);
    List<Tensor> neighbours = new ArrayList<>();
    for (int tap = 0; tap < kernel; tap++) {
      neighbours.add(shifted(x, tap - kernel / 2).reshape(B, T, D, 1));
    }
    Tensor window = Ops.concat(neighbours).reshape(B, T, D * kernel);
    Tensor flat = weight.compute().reshape(D, D * kernel);
    Tensor out = PaddingRows.zeroed(Ops.linear(window, flat, bias.value(), false), pass);
    out = Ops.dropout(out, pass.dropout(dropout), pass.dropoutSeed(0, DROPOUT_SITE));
    Tensor sum = norm.forward(Ops.add(y, Ops.activate(out, activation)));
    return PaddingRows.zeroed(sum, pass);
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
