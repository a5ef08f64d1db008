package dev.rapt.nn.block;

import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * Sandwich-norm decoder block of an encoder-decoder: x + after(f(before(x))) for self-attention,
 * cross-attention, then the MLP. The decoder of T5Gemma, arXiv:2504.06225.
 */
public record CrossSandwichBlock(
    Norm beforeAttention,
    Layer attention,
    Norm afterAttention,
    Norm beforeCross,
    Layer crossAttention,
    Norm afterCross,
    Norm beforeMlp,
    Layer mlp,
    Norm afterMlp,
    Residual residual)
    implements Block {
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    Tensor attended = afterAttention.forward(attention.forward(beforeAttention.forward(x), pass));
    x = residual.addAttention(x, attended, pass);
    Tensor crossed = afterCross.forward(crossAttention.forward(beforeCross.forward(x), pass));
    x = residual.addCrossAttention(x, crossed, pass);
    Tensor mapped = afterMlp.forward(mlp.forward(beforeMlp.forward(x), pass));
    return residual.addMlp(x, mapped, pass);
  }
}
