package dev.rapt.nn;

import dev.rapt.tensor.Tensor;

/**
 * x + f(norm(x)) for self-attention, for attention to the encoder, then for the MLP: the decoders
 * of T5 (arXiv:1910.10683, section 2.1), mBART, Pegasus, M2M100.
 */
public record CrossPreNormBlock(
    Norm attentionNorm,
    Layer attention,
    Norm crossNorm,
    Layer crossAttention,
    Norm mlpNorm,
    Layer mlp,
    Residual residual)
    implements Block {
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    Tensor attended = attention.forward(attentionNorm.forward(x), pass);
    x = residual.add(x, attended, Residual.ATTENTION_SITE, pass);
    Tensor crossed = crossAttention.forward(crossNorm.forward(x), pass);
    x = residual.add(x, crossed, Residual.CROSS_ATTENTION_SITE, pass);
    Tensor mapped = mlp.forward(mlpNorm.forward(x), pass);
    return residual.add(x, mapped, Residual.MLP_SITE, pass);
  }
}
