package dev.rapt.train.embed;

import dev.rapt.autograd.Ops;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.TextBatch;
import dev.rapt.train.objective.Forward;
import dev.rapt.train.objective.Objective;

/**
 * Embedding of texts by a contrastive loss.
 *
 * @param model the model
 * @param loss the loss
 * @param sides tokens of the prompts
 */
public record EmbeddingObjective(SentenceModel model, EmbeddingLoss loss, Sides sides)
    implements Objective<EmbeddingBatch> {
  /**
   * Tokens of the prompts.
   *
   * @param anchor in front of anchors
   * @param other in front of positives and negatives
   */
  public record Sides(int anchor, int other) {}

  @Override
  public Tensor loss(EmbeddingBatch batch, Forward forward) {
    TextBatch negatives = batch.negatives();
    EmbeddingLoss.Vectors vectors =
        new EmbeddingLoss.Vectors(
            model.vectors(batch.anchors(), 0, sides.anchor, forward),
            model.vectors(batch.positives(), 1, sides.other, forward),
            negatives == null ? null : model.vectors(negatives, 2, sides.other, forward),
            batch.owners(),
            batch.scores());
    float share = (float) batch.numTargets() / forward.denominator();
    return Ops.scale(loss.of(vectors), share);
  }
}
