package dev.rapt.nn.block;

import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * Parallel attention and MLP: x + attention(norm(x)) + mlp(norm(x)). GPT-J, PaLM (arXiv:2204.02311,
 * section 2), GPT-NeoX, Phi, Cohere. Both may share one norm.
 */
public record ParallelBlock(
    Norm attentionNorm, Layer attention, Norm mlpNorm, Layer mlp, Residual residual)
    implements Block {
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    Tensor normed = attentionNorm.forward(x);
    Tensor mlpInput = mlpNorm.equals(attentionNorm) ? normed : mlpNorm.forward(x);
    x = residual.addAttention(x, attention, normed, pass);
    return residual.addMlp(x, mlp, mlpInput, pass);
  }
}
