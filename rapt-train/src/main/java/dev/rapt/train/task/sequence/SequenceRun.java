package dev.rapt.train.task.sequence;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.model.Classifier;
import dev.rapt.model.Labels;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.Evaluator;
import dev.rapt.train.Measurement;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.ShuffledRows;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.batch.TextBatch;
import dev.rapt.train.example.Example;
import dev.rapt.train.objective.ClassifierObjective;
import dev.rapt.train.task.Baseline;
import dev.rapt.train.task.CutTexts;
import dev.rapt.train.task.HeldOutRows;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TextRow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Training of a model that reads whole texts.
 *
 * @param <T> target of a text
 */
final class SequenceRun<T> implements TaskRun<TargetBatch<List<T>>> {
  private final TaskSetup setup;
  private final Classifier model;
  private final TextProblem<T> problem;
  private final List<TextRow<T>> train;
  private final HeldOutRows<TextRow<T>> heldOut;
  private final AtomicFiles.FolderWriter files;
  private final CutTexts cutTexts;
  private final int padId;
  private List<String> details = List.of();
  private Map<String, Object> figures = Map.of();

  /**
   * What a run is made of.
   *
   * @param examples the examples
   * @param columns their texts
   * @param target reads the target of an example
   * @param labels outputs of the model
   * @param problem what is learnt of them
   * @param files writes the files that are added to the folder of the model
   */
  record Parts<T>(
      TaskSetup.Split<Example> examples,
      TextColumns columns,
      Function<Example, T> target,
      Labels labels,
      TextProblem<T> problem,
      AtomicFiles.FolderWriter files) {}

  private SequenceRun(TaskSetup setup, Classifier model, Parts<T> parts) {
    this.setup = setup;
    this.model = model;
    problem = parts.problem();
    files = parts.files();
    padId = setup.padId(model.padTokenId().orElse(-1));
    int maxTokens = setup.maxTokens(model.config().maxPositions());
    TaskSetup.Encoder<TextRow<T>> encoder =
        chunk -> {
          List<TaskSetup.Tokens> texts = parts.columns().tokens(setup, chunk, maxTokens);
          return IntStream.range(0, chunk.size())
              .mapToObj(i ->
                  new TextRow<>(
                      texts.get(i).text(),
                      parts.target().apply(chunk.get(i)),
                      texts.get(i).isCut()))
              .toList();
        };
    train = TaskSetup.encode(parts.examples().train(), encoder);
    heldOut =
        HeldOutRows.byLength(
            TaskSetup.encode(parts.examples().heldOut(), encoder), TextRow::length);
    cutTexts = CutTexts.of(train, heldOut.rows(), TextRow::isCut, maxTokens);
  }

  /** Loads the model and encodes the examples. */
  static <T> SequenceRun<T> open(TaskSetup setup, Parts<T> parts) {
    Classifier model =
        Classifier.load(
            setup.folder(),
            Classifier.Unit.SEQUENCE,
            parts.labels(),
            setup.endId(),
            setup.loading());
    try {
      if (model.config() instanceof CausalConfig && model.padTokenId().isEmpty()) {
        throw new IllegalArgumentException(
            "tokenizer: must have a padding or end-of-text token to classify with a decoder, got"
                + " none");
      }
      return new SequenceRun<>(setup, model, parts);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  @Override
  public Classifier model() {
    return model;
  }

  @Override
  public ClassifierObjective<List<T>> objective() {
    return new ClassifierObjective<>(model, problem::loss);
  }

  @Override
  public BatchSampler<TargetBatch<List<T>>> batches() {
    int longest = train.stream().mapToInt(TextRow::length).max().orElse(0);
    return new ShuffledRows<>(
        train, setup.spec().batchSize(), longest, setup.spec().seed(), this::batch);
  }

  private TargetBatch<List<T>> batch(List<TextRow<T>> rows) {
    List<T> targets = rows.stream().map(TextRow::target).toList();
    return new TargetBatch<>(
        TextBatch.of(rows.stream().map(TextRow::text).toList(), padId),
        targets,
        rows.size(),
        problem.weight(targets));
  }

  @Override
  public Evaluator evaluator() {
    List<T> targets = heldOut.rows().stream().map(TextRow::target).toList();
    return () -> {
      List<float[]> logits = new ArrayList<>();
      double loss = 0;
      for (List<TextRow<T>> rows : heldOut.batches(setup.spec().batchSize())) {
        loss += run(batch(rows), logits);
      }
      TextProblem.Scores scores = problem.measure(targets, logits);
      details = scores.details();
      figures = scores.figures();
      return new Measurement(
          loss / problem.weight(targets), heldOut.size(), scores.metrics(), scores.deciding());
    };
  }

  /** Adds the logits of a batch; returns the sum of its losses. */
  private double run(TargetBatch<List<T>> batch, List<float[]> logits) {
    try (Scope scope = model.scope().child()) {
      Tensor ids = batch.texts().tensor(scope);
      Tensor found = model.logits(ids, batch.texts().pass(model, ids).build());
      int outputs = Math.toIntExact(found.lastDim());
      for (int b = 0; b < batch.batchSize(); b++) {
        float[] row = new float[outputs];
        for (int k = 0; k < outputs; k++) {
          row[k] = found.getFloat((long) b * outputs + k);
        }
        logits.add(row);
      }
      return problem.loss(found, batch.targets(), 1).getFloat(0);
    }
  }

  @Override
  public List<String> summary() {
    return List.of(
        "%d training examples, %d held out, %s"
            .formatted(train.size(), heldOut.size(), problem.summary()));
  }

  @Override
  public List<String> details() {
    return details;
  }

  @Override
  public Map<String, Object> figures() {
    return figures;
  }

  @Override
  public CutTexts cutTexts() {
    return cutTexts;
  }

  @Override
  public Optional<Baseline> baseline() {
    return problem.baseline(heldOut.rows().stream().map(TextRow::target).toList());
  }

  @Override
  public void writeFiles(Path folder) throws IOException {
    files.writeTo(folder);
  }
}
