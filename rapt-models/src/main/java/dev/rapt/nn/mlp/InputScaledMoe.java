package dev.rapt.nn.mlp;

import dev.rapt.autograd.Experts;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.expert.ExpertDispatch;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;

/**
 * A mixture of experts with top-1 routing that scales each token by its routing weight before the
 * expert instead of after it, plus a shared expert: shared(x) + expert_e(p_e x). Llama 4.
 */
public record InputScaledMoe(Router router, ExpertMlp experts, Layer shared) implements Layer {
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    Tensor tokens = x.reshape(-1, x.lastDim()); // (N, D)
    Tensor logits = router.logits(tokens); // (N, X)
    pass.addRouterLogits(logits);
    Tensor chosen = router.choice().choose(logits); // (N, 1)
    Tensor weights = Experts.weights(logits, chosen, router.weighting()); // (N, 1)
    ExpertDispatch dispatch = ExpertDispatch.of(chosen, Math.toIntExact(logits.lastDim()));
    Tensor scaled = Ops.multiply(tokens, weights); // (N, D)
    Tensor out = experts.forward(Experts.dispatch(scaled, dispatch), dispatch); // (N, D)
    Tensor sum = Experts.combine(out, ones(tokens.dim(0), pass), dispatch);
    return Ops.add(sum.reshape(x.shape().toArray()), shared.forward(x, pass));
  }

  private static Tensor ones(long count, Pass pass) {
    float[] ones = new float[Math.toIntExact(count)];
    Arrays.fill(ones, 1);
    return pass.scope().floats(ones, count, 1);
  }
}
