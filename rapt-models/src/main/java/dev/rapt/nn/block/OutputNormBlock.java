package dev.rapt.nn.block;

import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * Block with norms of the outputs alone ("reordered norm"): x + norm(f(x)) for attention, then for
 * the MLP. OLMo 2 (arXiv:2501.00656, section 2.1).
 */
public record OutputNormBlock(
    Layer attention, Norm attentionNorm, Layer mlp, Norm mlpNorm, Residual residual)
    implements Block {
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    Tensor attended = attentionNorm.forward(attention.forward(x, pass));
    x = residual.addAttention(x, attended, pass);
    Tensor mapped = mlpNorm.forward(mlp.forward(x, pass));
    return residual.addMlp(x, mapped, pass);
  }
}
