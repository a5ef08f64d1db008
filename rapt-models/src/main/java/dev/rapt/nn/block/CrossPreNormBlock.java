package dev.rapt.nn.block;

import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * Pre-norm decoder block of an encoder-decoder: x + f(norm(x)) for self-attention, cross-attention,
 * then the MLP. The decoders of T5 (arXiv:1910.10683, section 2.1), mBART, Pegasus, M2M100.
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
    x = residual.addAttention(x, attention, attentionNorm.forward(x), pass);
    x = residual.addCrossAttention(x, crossAttention, crossNorm.forward(x), pass);
    return residual.addMlp(x, mlp, mlpNorm.forward(x), pass);
  }
}
