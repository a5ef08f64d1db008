package dev.rapt.nn.block;

import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * Block whose residual connection starts after the norm: n + f(n) with n = norm(x), for attention,
 * then for the MLP. BLOOM with {@code apply_residual_connection_post_layernorm}, after Megatron-LM.
 */
public record ResidualAfterNormBlock(
    Norm attentionNorm, Layer attention, Norm mlpNorm, Layer mlp, Residual residual)
    implements Block {
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    Tensor normed = attentionNorm.forward(x);
    x = residual.addAttention(normed, attention, normed, pass);
    normed = mlpNorm.forward(x);
    return residual.addMlp(normed, mlp, normed, pass);
  }
}
