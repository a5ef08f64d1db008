package dev.rapt.train.pretrain.objective;

import dev.rapt.model.Model;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.batch.Batch;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.NoisedWindows;
import dev.rapt.train.batch.Windows;
import dev.rapt.train.objective.Objective;

/**
 * Pretraining on corrupted windows of text.
 *
 * @param <B> kind of batch
 * @param train windows of the training text
 * @param heldOutWindows windows of the held-out text
 * @param isStatic whether a window is corrupted in the same way at each visit
 * @param noise corrupts windows
 */
public record WindowRun<B extends Batch>(
    PretrainSetup setup,
    Model model,
    TrainedModel trained,
    Objective<B> objective,
    Windows train,
    Windows heldOutWindows,
    boolean isStatic,
    NoisedWindows.Noise<B> noise)
    implements PretrainRun<B> {
  @Override
  public BatchSampler<B> batches() {
    PretrainSpec spec = setup.spec();
    return new NoisedWindows<>(train, spec.batchSize(), spec.seed(), isStatic, noise);
  }

  @Override
  public Iterable<B> heldOut() {
    PretrainSpec spec = setup.spec();
    return NoisedWindows.heldOut(heldOutWindows, spec.batchSize(), spec.seed(), noise);
  }
}
