package dev.rapt.train.objective;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.model.Pretraining;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.batch.TextBatch;

/**
 * Masked language modelling beside the prediction of how the two texts of a pair follow each other:
 * the sum of both cross entropies, as in BERT (arXiv:1810.04805, appendix A.2).
 */
public record PairPretrainingObjective(Pretraining model)
    implements Objective<TargetBatch<PairPretrainingObjective.Targets>> {
  /**
   * What is predicted.
   *
   * @param tokens (B, T) the token at each position, or -100 where none is predicted
   * @param pairs (B) 0 where the second text follows the first, else 1
   */
  @SuppressWarnings("ArrayRecordComponent") // plain data for kernels, never compared
  public record Targets(int[] tokens, int[] pairs) {}

  @Override
  public Tensor loss(TargetBatch<Targets> batch, Forward forward) {
    Scope scope = forward.scope();
    TextBatch texts = batch.texts();
    Tensor ids = texts.tensor(scope);
    Pass pass = forward.configure(texts.pass(model, ids)).build();
    Tensor hidden = model.hidden(ids, pass);
    Tensor tokens = scope.ints(batch.targets().tokens(), texts.batchSize(), texts.seqLen());
    Tensor pairs = scope.ints(batch.targets().pairs(), texts.batchSize());
    Tensor ofPairs = Losses.crossEntropy(model.pairLogits(hidden, pass), pairs, 0);
    // Each batch of a step has its share of the mean over pairs, as it has of the tokens.
    float share = (float) batch.numTargets() / forward.denominator();
    return Ops.add(
        model.tokenLoss(hidden, tokens, forward.denominator()), Ops.scale(ofPairs, share));
  }
}
