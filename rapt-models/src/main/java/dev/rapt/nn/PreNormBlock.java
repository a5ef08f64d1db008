package dev.rapt.nn;

import dev.rapt.tensor.Tensor;

/** x + f(norm(x)) for attention, then for the MLP: GPT-2, Llama and most since. */
public record PreNormBlock(
    Norm attentionNorm, Layer attention, Norm mlpNorm, Layer mlp, Residual residual)
    implements Block {
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    Tensor attended = attention.forward(attentionNorm.forward(x), pass);
    x = residual.add(x, attended, Residual.ATTENTION_SITE, pass);
    Tensor mapped = mlp.forward(mlpNorm.forward(x), pass);
    return residual.add(x, mapped, Residual.MLP_SITE, pass);
  }
}
