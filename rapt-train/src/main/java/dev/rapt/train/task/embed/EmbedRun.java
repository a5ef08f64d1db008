package dev.rapt.train.task.embed;

import dev.rapt.model.Encoder;
import dev.rapt.train.Evaluator;
import dev.rapt.train.TrainedModel.WeightFile;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.ShuffledRows;
import dev.rapt.train.embed.DistinctBatches;
import dev.rapt.train.embed.EmbeddingBatch;
import dev.rapt.train.embed.EmbeddingExample;
import dev.rapt.train.embed.EmbeddingLoss;
import dev.rapt.train.embed.EmbeddingObjective;
import dev.rapt.train.embed.HeldOutEmbeddings;
import dev.rapt.train.task.CutTexts;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Training of an embedder of texts. */
final class EmbedRun implements TaskRun<EmbeddingBatch> {
  private final TaskSetup setup;
  private final Student student;
  private final EmbeddingObjective objective;
  private final List<EmbeddingExample> train;
  private final List<EmbeddingExample> heldOut;
  private final HeldOutEmbeddings evaluator;
  private final CutTexts cutTexts;

  EmbedRun(
      TaskSetup setup,
      Student student,
      EmbeddingLoss loss,
      EmbeddingObjective.Sides sides,
      TaskSetup.Split<EmbeddingExample> examples,
      CutTexts cutTexts) {
    this.cutTexts = cutTexts;
    this.setup = setup;
    this.student = student;
    train = examples.train();
    heldOut = examples.heldOut();
    objective = new EmbeddingObjective(student.model(), loss, sides);
    evaluator =
        new HeldOutEmbeddings(objective, heldOut, setup.spec().batchSize(), student.padId());
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
    return EmbeddingBatch.of(rows, student.padId(), objective.loss());
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
  public Map<String, Object> figures() {
    return evaluator.figures();
  }

  @Override
  public CutTexts cutTexts() {
    return cutTexts;
  }

  @Override
  public List<WeightFile> moreWeights() {
    return student.moreWeights();
  }

  @Override
  public void writeFiles(Path folder) throws IOException {
    student.files().writeTo(folder);
  }
}
