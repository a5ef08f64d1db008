package dev.rapt.train.pretrain.objective;

import dev.rapt.model.Model;
import dev.rapt.train.Evaluator;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.batch.Batch;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.objective.Objective;

/**
 * Pretraining of a model that has a teacher. Evaluations measure the loss of the text alone. Owns
 * the teacher too.
 *
 * @param <B> kind of batch
 * @param run the pretraining without a teacher
 * @param objective the objective with the teacher
 */
public record TaughtRun<B extends Batch>(PretrainRun<B> run, Objective<B> objective, Model teacher)
    implements PretrainRun<B> {
  @Override
  public Model model() {
    return run.model();
  }

  @Override
  public TrainedModel trained() {
    return run.trained();
  }

  @Override
  public BatchSampler<B> batches() {
    return run.batches();
  }

  @Override
  public Iterable<B> heldOut() {
    return run.heldOut();
  }

  @Override
  public Evaluator evaluator(long maxBatches) {
    return run.evaluator(maxBatches);
  }

  @Override
  public double flopsPerToken() {
    return run.flopsPerToken();
  }

  @Override
  public void close() {
    run.close();
    teacher.close();
  }
}
