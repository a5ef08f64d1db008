package dev.rapt.nn;

import dev.rapt.autograd.Experts;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.expert.ExpertDispatch;
import dev.rapt.kernel.Activation;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A mixture of experts in place of an MLP: each token is worked on by a few of many experts, and
 * perhaps by one that all tokens share. No token is dropped. arXiv:1701.06538, arXiv:2401.04088;
 * shared experts: arXiv:2401.06066.
 *
 * @param shared an MLP for all tokens, added to the experts' sum, or null
 * @param sharedGate a score (1, D) whose sigmoid multiplies what the shared MLP gives, or null
 */
public record MoeMlp(
    Router router, ExpertMlp experts, @Nullable Layer shared, @Nullable Linear sharedGate)
    implements Layer {
  /** Without a shared expert. */
  public MoeMlp(Router router, ExpertMlp experts) {
    this(router, experts, null, null);
  }

  @Override
  public Tensor forward(Tensor x, Pass pass) {
    Tensor tokens = x.reshape(-1, x.lastDim()); // (N, D)
    Tensor logits = router.logits(tokens); // (N, X)
    pass.addRouterLogits(logits);
    Tensor chosen = router.choice().choose(logits); // (N, topK)
    Tensor weights = Experts.weights(logits, chosen, router.weighting()); // (N, topK)
    ExpertDispatch dispatch = ExpertDispatch.of(chosen, Math.toIntExact(logits.lastDim()));
    Tensor out = experts.forward(Experts.dispatch(tokens, dispatch), dispatch); // (N topK, D)
    Tensor sum = Experts.combine(out, weights, dispatch).reshape(x.shape().toArray());
    return shared == null ? sum : Ops.add(sum, shared(shared, x, pass));
  }

  private Tensor shared(Layer mlp, Tensor x, Pass pass) {
    Tensor out = mlp.forward(x, pass);
    return sharedGate == null
        ? out
        : Ops.multiply(out, Ops.activate(sharedGate.forward(x), Activation.SIGMOID));
  }
}
