package dev.rapt.nn;

import dev.rapt.tensor.Tensor;

/**
 * norm(x + f(x)) for self-attention, for attention to the encoder, then for the MLP: the decoder of
 * the Transformer of 2017 (arXiv:1706.03762, section 3.1), BART.
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
    Tensor attended = attention.forward(x, pass);
    x = attentionNorm.forward(residual.add(x, attended, Residual.ATTENTION_SITE, pass));
    Tensor crossed = crossAttention.forward(x, pass);
    x = crossNorm.forward(residual.add(x, crossed, Residual.CROSS_ATTENTION_SITE, pass));
    Tensor mapped = mlp.forward(x, pass);
    return mlpNorm.forward(residual.add(x, mapped, Residual.MLP_SITE, pass));
  }
}
