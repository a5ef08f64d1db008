package dev.rapt.train.task;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.model.Encoder;
import dev.rapt.text.embed.SentenceWriter;
import dev.rapt.train.Evaluator;
import dev.rapt.train.TrainedModel.WeightFile;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.ShuffledRows;
import dev.rapt.train.embed.DistinctBatches;
import dev.rapt.train.embed.EmbeddingBatch;
import dev.rapt.train.embed.EmbeddingExample;
import dev.rapt.train.embed.EmbeddingObjective;
import dev.rapt.train.embed.HeldOutEmbeddings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Training of an embedder of texts. */
final class EmbedRun implements TaskRun<EmbeddingBatch> {
  private final TaskSetup setup;
  private final EmbeddingObjective objective;
  private final List<EmbeddingExample> train;
  private final List<EmbeddingExample> heldOut;
  private final SentenceWriter files;
  private final int padId;
  private final HeldOutEmbeddings evaluator;

  EmbedRun(
      TaskSetup setup,
      EmbeddingObjective objective,
      TaskSetup.Split<EmbeddingExample> examples,
      SentenceWriter files,
      int padId) {
    this.setup = setup;
    this.objective = objective;
    this.train = examples.train();
    this.heldOut = examples.heldOut();
    this.files = files;
    this.padId = padId;
    evaluator = new HeldOutEmbeddings(objective, heldOut, setup.spec().batchSize(), padId);
  }

  @Override
  public Encoder model() {
    return objective.model().encoder();
  }

  @Override
  public EmbeddingObjective objective() {
    return objective;
  }

  @Override
  public BatchSampler<EmbeddingBatch> batches() {
    int batchSize = setup.spec().batchSize();
    long seed = setup.spec().seed();
    int longest = train.stream().mapToInt(EmbeddingExample::longest).max().orElse(0);
    return objective.loss().kind().ranks()
        ? new DistinctBatches(train, batchSize, seed, this::batch)
        : new ShuffledRows<>(train, batchSize, longest, seed, this::batch);
  }

  private EmbeddingBatch batch(List<EmbeddingExample> rows) {
    return EmbeddingBatch.of(rows, padId, objective.loss());
  }

  @Override
  public Evaluator evaluator() {
    return evaluator;
  }

  @Override
  public List<String> summary() {
    String kind =
        objective.loss().kind().isScored()
            ? "scored pairs"
            : train.getFirst().negatives().isEmpty() ? "pairs" : "pairs with negatives";
    return List.of(
        "%d training examples, %d held out: %s, loss %s"
            .formatted(train.size(), heldOut.size(), kind, objective.loss().kind().label()));
  }

  @Override
  public List<String> details() {
    return evaluator.details();
  }

  @Override
  public List<WeightFile> moreWeights() {
    return objective.model().pipeline().weights().stream()
        .map(module ->
            new WeightFile(
                module.path() + "/" + Checkpoint.SINGLE_FILE,
                module.parameters(),
                module::nameInFile))
        .toList();
  }

  @Override
  public void writeFiles(Path folder) throws IOException {
    files.writeTo(folder);
  }
}
