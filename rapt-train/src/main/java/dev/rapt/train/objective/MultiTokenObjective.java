package dev.rapt.train.objective;

import dev.rapt.autograd.Ops;
import dev.rapt.model.CausalLm;
import dev.rapt.model.MultiTokenPrediction;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.TokenBatch;
import java.util.ArrayList;
import java.util.List;

/**
 * Multi-token prediction: the cross entropy of each next token, plus a multiple of the mean cross
 * entropy of those further ahead. DeepSeek-V3, arXiv:2412.19437, equations 24 and 25.
 *
 * @param further the modules that predict further ahead
 * @param weight weight of their mean loss; 0.3, later 0.1, in the paper
 */
public record MultiTokenObjective(CausalLm model, MultiTokenPrediction further, float weight)
    implements Objective<TokenBatch> {
  @Override
  public Tensor loss(TokenBatch batch, Forward forward) {
    List<Tensor> losses = losses(batch, forward);
    Tensor loss = losses.getFirst();
    for (Tensor other : losses.subList(1, losses.size())) {
      loss = Ops.add(loss, Ops.scale(other, weight / further.count()));
    }
    return loss;
  }

  /**
   * Returns the cross entropy of the next token, then that of each token further ahead, all with
   * the divisor of {@code forward}.
   */
  public List<Tensor> losses(TokenBatch batch, Forward forward) {
    Scope scope = forward.scope();
    Tensor ids = ids(batch, scope);
    Tensor hidden = model.hidden(ids, pass(ids, batch, forward));
    List<Tensor> losses = new ArrayList<>();
    losses.add(model.tokenLoss(hidden, targets(batch, scope), 0, forward.denominator()));
    for (int k = 0; k < further.count(); k++) {
      TokenBatch ahead = batch.ahead(k + 1);
      Tensor later = ids(ahead, scope);
      hidden = further.hidden(k, later, hidden, pass(later, ahead, forward));
      losses.add(further.loss(k, hidden, targets(ahead, scope), forward.denominator()));
    }
    return losses;
  }

  private static Tensor ids(TokenBatch batch, Scope scope) {
    return scope.ints(batch.inputs(), batch.batchSize(), batch.seqLen());
  }

  private static Tensor targets(TokenBatch batch, Scope scope) {
    return scope.ints(batch.targets(), batch.batchSize(), batch.seqLen());
  }

  private static Pass pass(Tensor ids, TokenBatch batch, Forward forward) {
    Pass.Builder pass = forward.configure(Pass.over(ids));
    int[] documentStart = batch.documentStart();
    return (documentStart == null ? pass : pass.firstKeys(documentStart)).build();
  }
}
