package dev.rapt.nn;

import dev.rapt.autograd.Experts;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.expert.ExpertDispatch;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;

/**
 * A mixture of experts that gives each token to one expert, multiplied by its weight before the
 * expert instead of after it; beside it an MLP that all tokens share. Llama 4.
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
