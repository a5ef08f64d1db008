package dev.rapt.nn.block;

import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Pass;
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
    x = residual.add(x, attention, attentionNorm.forward(x), Residual.ATTENTION_SITE, pass);
    int crossSite = Residual.CROSS_ATTENTION_SITE;
    x = residual.add(x, crossAttention, crossNorm.forward(x), crossSite, pass);
    return residual.add(x, mlp, mlpNorm.forward(x), Residual.MLP_SITE, pass);
  }
}
