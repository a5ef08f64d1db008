package dev.rapt.nn.block;

import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * Pre-norm block: x + f(norm(x)) for attention, then for the MLP. GPT-2, Llama and most later
 * decoders.
 */
public record PreNormBlock(
    Norm attentionNorm, Layer attention, Norm mlpNorm, Layer mlp, Residual residual)
    implements Block {
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    x = residual.addAttention(x, attention, attentionNorm.forward(x), pass);
    return residual.addMlp(x, mlp, mlpNorm.forward(x), pass);
  }
}
