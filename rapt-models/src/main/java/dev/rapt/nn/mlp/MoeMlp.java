package dev.rapt.nn.mlp;

import dev.rapt.autograd.Experts;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.expert.ExpertDispatch;
import dev.rapt.kernel.Activation;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A mixture of experts (MoE) in place of an MLP: sum over the top k experts of p_e expert_e(x),
 * plus a shared expert where there is one. Expert capacity is unlimited: no token is dropped.
 * Mixtral, arXiv:2401.04088, section 2; shared experts: DeepSeekMoE, arXiv:2401.06066, section 3.2.
 *
 * @param shared the shared expert, which every token goes through, or null
 * @param sharedGate (1, D), or null; the output of the shared expert is multiplied by sigmoid(x
 *     sharedGate')
 */
public record MoeMlp(
    Router router, ExpertMlp experts, @Nullable Layer shared, @Nullable Linear sharedGate)
    implements Layer {
  /** Creates a mixture of experts without a shared expert. */
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
