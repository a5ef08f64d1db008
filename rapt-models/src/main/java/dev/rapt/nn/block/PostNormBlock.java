package dev.rapt.nn.block;

import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * Post-norm block: norm(x + f(x)) for attention, then for the MLP. The original Transformer
 * (arXiv:1706.03762, section 3.1), BERT.
 */
public record PostNormBlock(
    Layer attention, Norm attentionNorm, Layer mlp, Norm mlpNorm, Residual residual)
    implements Block {
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    x = attentionNorm.forward(residual.addAttention(x, attention, x, pass));
    return mlpNorm.forward(residual.addMlp(x, mlp, x, pass));
  }
}
