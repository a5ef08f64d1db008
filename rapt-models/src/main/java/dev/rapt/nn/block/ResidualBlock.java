package dev.rapt.nn.block;

import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/** Pre-norm block of a single layer: x + f(norm(x)). Mamba. */
public record ResidualBlock(Norm norm, Layer layer, Residual residual) implements Block {
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    Tensor mapped = layer.forward(norm.forward(x), pass);
    return residual.addMlp(x, mapped, pass);
  }
}
