package dev.rapt.nn.block;

import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * Sandwich-norm block: x + after(f(before(x))) for attention, then for the MLP. Gemma 2
 * (arXiv:2408.00118, section 2), GLM-4.
 */
public record SandwichBlock(
    Norm beforeAttention,
    Layer attention,
    Norm afterAttention,
    Norm beforeMlp,
    Layer mlp,
    Norm afterMlp,
    Residual residual)
    implements Block {
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    Tensor attended = afterAttention.forward(attention.forward(beforeAttention.forward(x), pass));
    x = residual.addAttention(x, attended, pass);
    Tensor mapped = afterMlp.forward(mlp.forward(beforeMlp.forward(x), pass));
    return residual.addMlp(x, mapped, pass);
  }
}
