package dev.rapt.train.embed;

import dev.rapt.autograd.loss.Losses;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.objective.Forward;
import dev.rapt.train.objective.Objective;

/**
 * Distillation of an embedder: the mean squared error of the student's vectors to those of the
 * teacher. Reimers and Gurevych 2020, arXiv:2004.09813, section 2.
 *
 * @param model the student
 * @param promptTokens tokens of the prompt at the start of each text
 */
public record EmbeddingDistillation(SentenceModel model, int promptTokens)
    implements Objective<TargetBatch<float[][]>> {
  @Override
  public Tensor loss(TargetBatch<float[][]> batch, Forward forward) {
    Tensor vectors = model.vectors(batch.texts(), 0, promptTokens, forward);
    int E = Math.toIntExact(vectors.lastDim());
    float[] wanted = new float[batch.batchSize() * E];
    for (int b = 0; b < batch.batchSize(); b++) {
      System.arraycopy(batch.targets()[b], 0, wanted, b * E, E);
    }
    return Losses.meanSquaredError(
        vectors,
        forward.scope().floats(wanted, batch.batchSize(), E),
        (double) forward.denominator() * E);
  }
}
