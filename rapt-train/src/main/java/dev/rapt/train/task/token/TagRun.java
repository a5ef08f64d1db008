package dev.rapt.train.task.token;

import dev.rapt.autograd.loss.Losses;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.metrics.Confusion;
import dev.rapt.metrics.EntityScore;
import dev.rapt.model.Classifier;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.train.Evaluator;
import dev.rapt.train.Measurement;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.ShuffledRows;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.batch.TextBatch;
import dev.rapt.train.example.TaggedSentences.Sentence;
import dev.rapt.train.objective.ClassifierObjective;
import dev.rapt.train.objective.Objective;
import dev.rapt.train.task.Baseline;
import dev.rapt.train.task.ConfusionTable;
import dev.rapt.train.task.HeldOutRows;
import dev.rapt.train.task.LabelNames;
import dev.rapt.train.task.ScoreTable;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TextRow;
import dev.rapt.train.task.sequence.OneClass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Training of a tagger. */
final class TagRun implements TaskRun<TargetBatch<int[]>> {
  private static final Predicate<String> IS_OF_ENTITY =
      Pattern.compile("[BIESLU]-.+").asMatchPredicate();

  private final TaskSetup setup;
  private final Classifier model;
  private final List<TextRow<Tags>> train;
  private final HeldOutRows<TextRow<Tags>> heldOut;
  private final int numHeldOut;
  private final boolean areEntities;
  private final int padId;
  private final List<String> summary = new ArrayList<>();
  private List<String> details = List.of();
  private Map<String, Object> figures = Map.of();

  /**
   * The tags of a window of a sentence.
   *
   * @param sentence index of the sentence
   * @param ids for each token the id of the tag of the word that it begins, or -100
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Tags(int sentence, int[] ids) {
    private long count() {
      return Arrays.stream(ids).filter(id -> id != SoftmaxKernel.IGNORED).count();
    }
  }

  TagRun(TaskSetup setup, Classifier model, LabelNames names, TaskSetup.Split<Sentence> sentences) {
    this.setup = setup;
    this.model = model;
    int maxTokens = setup.maxTokens(model.config().maxPositions());
    train = rows(sentences.train(), names, maxTokens);
    heldOut = HeldOutRows.byLength(rows(sentences.heldOut(), names, maxTokens), TextRow::length);
    numHeldOut = sentences.heldOut().size();
    areEntities = names.names().stream().anyMatch(IS_OF_ENTITY);
    padId = setup.padId(model.padTokenId().orElse(-1));
    summary.add(
        "%d training sentences, %d held out, %d tags"
            .formatted(sentences.train().size(), numHeldOut, names.names().size()));
    int more = train.size() + heldOut.size() - sentences.train().size() - numHeldOut;
    if (more > 0) {
      summary.add(
          "sentences of more than %d tokens are read in windows: %d more"
              .formatted(maxTokens, more));
    }
    noteOfScheme(sentences);
  }

  private List<TextRow<Tags>> rows(List<Sentence> sentences, LabelNames names, int maxTokens) {
    return IntStream.range(0, sentences.size())
        .parallel()
        .boxed()
        .flatMap(i -> rows(sentences.get(i), i, names, maxTokens))
        .toList();
  }

  private Stream<TextRow<Tags>> rows(
      Sentence sentence, int number, LabelNames names, int maxTokens) {
    int[] ids = new int[sentence.tags().size()];
    for (int i = 0; i < ids.length; i++) {
      String word = sentence.words().get(i);
      ids[i] =
          names.id(
              sentence.tags().get(i),
              problem -> sentence.error("word \"%s\": %s".formatted(word, problem)));
    }
    WordAlignment words = WordAlignment.of(setup.tokenizer(), sentence.words(), maxTokens);
    return IntStream.range(0, words.windows().size())
        .mapToObj(w -> {
          Encoding window = words.windows().get(w);
          int[] tags =
              Arrays.stream(words.firstTokens().get(w))
                  .map(word -> word < 0 ? SoftmaxKernel.IGNORED : ids[word])
                  .toArray();
          return new TextRow<>(TaskSetup.text(window), new Tags(number, tags));
        });
  }

  /** Notes tags that continue an entity where none has begun. */
  private void noteOfScheme(TaskSetup.Split<Sentence> sentences) {
    Sentence first = null;
    int count = 0;
    for (Sentence sentence :
        Stream.concat(sentences.train().stream(), sentences.heldOut().stream()).toList()) {
      String before = "O";
      for (String tag : sentence.tags()) {
        boolean continues = tag.startsWith("I-");
        if (continues && (before.length() < 2 || !before.substring(2).equals(tag.substring(2)))) {
          count++;
          first = first == null ? sentence : first;
        }
        before = tag;
      }
    }
    if (first != null) {
      summary.add(
          "%d entities begin with I- in place of B-, the first in %s, line %d; they count as conlleval counts them"
              .formatted(count, first.file(), first.line()));
    }
  }

  @Override
  public Classifier model() {
    return model;
  }

  @Override
  public Objective<TargetBatch<int[]>> objective() {
    return new ClassifierObjective<>(model, TagRun::loss);
  }

  private static Tensor loss(Tensor logits, int[] targets, double denominator) {
    Tensor tags = logits.scope().ints(targets, logits.dim(0), logits.dim(1));
    return Losses.crossEntropy(logits, tags, 0, denominator);
  }

  @Override
  public BatchSampler<TargetBatch<int[]>> batches() {
    int longest = train.stream().mapToInt(TextRow::length).max().orElse(0);
    return new ShuffledRows<>(
        train, setup.spec().batchSize(), longest, setup.spec().seed(), this::batch);
  }

  private TargetBatch<int[]> batch(List<TextRow<Tags>> rows) {
    TextBatch texts = TextBatch.of(rows.stream().map(TextRow::text).toList(), padId);
    int[] targets = new int[rows.size() * texts.seqLen()];
    Arrays.fill(targets, SoftmaxKernel.IGNORED);
    long count = 0;
    for (int b = 0; b < rows.size(); b++) {
      int[] ids = rows.get(b).target().ids();
      System.arraycopy(ids, 0, targets, b * texts.seqLen(), ids.length);
      count += rows.get(b).target().count();
    }
    return new TargetBatch<>(texts, targets, count);
  }

  @Override
  public Evaluator evaluator() {
    return () -> {
      List<List<Tagged>> found =
          IntStream.range(0, numHeldOut).<List<Tagged>>mapToObj(_ -> new ArrayList<>()).toList();
      double loss = 0;
      long targets = 0;
      for (List<TextRow<Tags>> rows : heldOut.batches(setup.spec().batchSize())) {
        TargetBatch<int[]> batch = batch(rows);
        loss += run(batch, rows, found);
        targets += batch.numTargets();
      }
      return measure(loss / targets, targets, found);
    };
  }

  /** A word with the ids of its true and of its predicted tag. */
  private record Tagged(int reference, int predicted) {}

  /** Adds the predictions for a batch; returns the sum of its losses. */
  private double run(TargetBatch<int[]> batch, List<TextRow<Tags>> rows, List<List<Tagged>> found) {
    try (Scope scope = model.scope().child()) {
      Tensor ids = batch.texts().tensor(scope);
      Tensor logits = model.logits(ids, batch.texts().pass(model, ids).build());
      int K = Math.toIntExact(logits.lastDim());
      float[] scores = new float[K];
      for (int b = 0; b < rows.size(); b++) {
        Tags tags = rows.get(b).target();
        for (int t = 0; t < tags.ids().length; t++) {
          if (tags.ids()[t] != SoftmaxKernel.IGNORED) {
            long from = ((long) b * batch.texts().seqLen() + t) * K;
            for (int k = 0; k < K; k++) {
              scores[k] = logits.getFloat(from + k);
            }
            found.get(tags.sentence()).add(new Tagged(tags.ids()[t], OneClass.best(scores)));
          }
        }
      }
      return loss(logits, batch.targets(), 1).getFloat(0);
    }
  }

  private Measurement measure(double loss, long targets, List<List<Tagged>> found) {
    List<String> names = model.labels().names();
    Confusion words = new Confusion(names);
    EntityScore entities = new EntityScore();
    for (List<Tagged> sentence : found) {
      sentence.forEach(word -> words.add(word.reference(), word.predicted()));
      entities.add(
          sentence.stream().map(word -> names.get(word.reference())).toList(),
          sentence.stream().map(word -> names.get(word.predicted())).toList());
    }
    Map<String, Double> metrics = new LinkedHashMap<>();
    if (!areEntities) {
      metrics.put("accuracy", words.accuracy());
      metrics.put("macro_f1", words.macroF1());
      details = ConfusionTable.scores(words);
      figures = ConfusionTable.figures(words);
      return new Measurement(loss, targets, metrics, "accuracy");
    }
    metrics.put("precision", entities.total().precision());
    metrics.put("recall", entities.total().recall());
    metrics.put("f1", entities.total().f1());
    metrics.put("accuracy", words.accuracy());
    List<ScoreTable.Line> types =
        entities.byType().entrySet().stream()
            .map(type ->
                new ScoreTable.Line(
                    type.getKey(),
                    type.getValue().precision(),
                    type.getValue().recall(),
                    type.getValue().f1(),
                    type.getValue().expected()))
            .toList();
    details = ScoreTable.of("type", types);
    figures = Map.of("types", ScoreTable.figures("type", types));
    return new Measurement(loss, targets, metrics, "f1");
  }

  @Override
  public List<String> summary() {
    return summary;
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
  public Optional<Baseline> baseline() {
    return Optional.of(
        areEntities
            ? new Baseline("f1", 0, "that of finding no entity")
            : Baseline.ofMostFrequent(
                heldOut.rows().stream()
                    .flatMapToInt(row -> Arrays.stream(row.target().ids()))
                    .filter(id -> id != SoftmaxKernel.IGNORED)
                    .boxed()
                    .toList()));
  }
}
