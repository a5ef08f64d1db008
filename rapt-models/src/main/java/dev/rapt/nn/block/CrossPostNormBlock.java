package dev.rapt.nn.block;

import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * Post-norm decoder block of an encoder-decoder: norm(x + f(x)) for self-attention,
 * cross-attention, then the MLP. The decoder of the original Transformer (arXiv:1706.03762, section
 * 3.1), BART.
 */
public record CrossPostNormBlock(
    Layer attention,
    Norm attentionNorm,
    Layer crossAttention,
    Norm crossNorm,
    Layer mlp,
    Norm mlpNorm,
    Residual residual)
    implements Block {
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    x = attentionNorm.forward(residual.addAttention(x, attention, x, pass));
    x = crossNorm.forward(residual.addCrossAttention(x, crossAttention, x, pass));
    return mlpNorm.forward(residual.addMlp(x, mlp, x, pass));
  }
}
