package dev.rapt.train.task.generate;

import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.metrics.Bleu;
import dev.rapt.metrics.Rouge;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.text.SourceFormat;
import dev.rapt.text.TextToText;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.Evaluator;
import dev.rapt.train.HeldOutLoss;
import dev.rapt.train.Measurement;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.GroupedRows;
import dev.rapt.train.batch.SourceTargetBatch;
import dev.rapt.train.objective.Objective;
import dev.rapt.train.objective.Seq2SeqObjective;
import dev.rapt.train.task.HeldOutRows;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TuningSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Training of an encoder-decoder on pairs of texts. */
final class TextToTextRun implements TaskRun<SourceTargetBatch> {
  private static final int USUAL_SAMPLES = 200;
  private static final int MOST_SAMPLES = 1 << 20;
  private static final int SHOWN = 3;

  private final TaskSetup setup;
  private final TextToTextTask.Kind kind;
  private final Seq2SeqLm model;
  private final TextToText generator;
  private final SourceFormat format;
  private final List<Row> train;
  private final HeldOutRows<Row> heldOut;
  private final List<Row> samples;
  private final int padId;
  private List<String> details = List.of();

  /**
   * A pair of texts.
   *
   * @param source ids of the source
   * @param target ids of the target
   * @param text the target as text
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Row(int[] source, int[] target, String text) {
    int length() {
      return Math.max(source.length, target.length);
    }
  }

  TextToTextRun(
      TaskSetup setup,
      TextToTextTask.Kind kind,
      Seq2SeqLm model,
      Tokenizer targetTokenizer,
      SourceFormat format,
      List<Row> train,
      List<Row> heldOut) {
    this.setup = setup;
    this.kind = kind;
    this.model = model;
    this.format = format;
    this.train = train;
    this.heldOut = HeldOutRows.byLength(heldOut, Row::length);
    int most = (int) setup.number(TextToTextTask.EVAL_SAMPLES, USUAL_SAMPLES, 0, MOST_SAMPLES);
    samples = heldOut.subList(0, Math.min(heldOut.size(), most));
    padId = model.config().padTokenId();
    generator =
        TextToText.of(model, setup.tokenizer(), targetTokenizer, GenerationOptions.defaults());
  }

  @Override
  public Seq2SeqLm model() {
    return model;
  }

  @Override
  public Objective<SourceTargetBatch> objective() {
    float smoothing = (float) setup.number(TextToTextTask.SMOOTHING, 0, 0, 0.99);
    return new Seq2SeqObjective(model, smoothing);
  }

  @Override
  public BatchSampler<SourceTargetBatch> batches() {
    TuningSpec spec = setup.spec();
    return new GroupedRows<>(train, spec.batchSize(), Row::length, spec.seed(), this::batch);
  }

  private SourceTargetBatch batch(List<Row> rows) {
    return SourceTargetBatch.of(
        rows.stream().map(Row::source).toList(), rows.stream().map(Row::target).toList(), padId);
  }

  @Override
  public Evaluator evaluator() {
    return () -> {
      List<SourceTargetBatch> batches =
          heldOut.batches(setup.spec().batchSize()).stream().map(this::batch).toList();
      Measurement loss =
          HeldOutLoss.of(new Seq2SeqObjective(model, 0), model.scope(), batches, Long.MAX_VALUE);
      Map<String, Double> metrics = samples.isEmpty() ? Map.of() : scores();
      String deciding =
          samples.isEmpty() ? null : kind == TextToTextTask.Kind.TRANSLATE ? "bleu" : "rougeL";
      return new Measurement(loss.loss(), loss.targets(), metrics, deciding);
    };
  }

  /** Generates the targets of the first held-out examples by greedy search and compares them. */
  private Map<String, Double> scores() {
    int longest = samples.stream().mapToInt(row -> row.target.length).max().orElse(1);
    GenerationOptions options = GenerationOptions.builder().maxNewTokens(2 * longest).build();
    List<TextToText.Source> sources =
        samples.stream().map(row -> new TextToText.Source("", row.source, false)).toList();
    List<String> texts =
        generator
            .generate(sources, format, options, setup.spec().batchSize(), (_, _) -> {})
            .stream()
            .map(sequences -> sequences.getFirst().text().strip())
            .toList();
    details =
        samples.stream()
            .limit(SHOWN)
            .map(
                row -> "reference: " + row.text + "\n     made: " + texts.get(samples.indexOf(row)))
            .toList();
    return kind == TextToTextTask.Kind.TRANSLATE ? bleu(texts) : rouge(texts);
  }

  private Map<String, Double> bleu(List<String> texts) {
    Bleu bleu = new Bleu();
    for (int i = 0; i < texts.size(); i++) {
      bleu.add(texts.get(i), List.of(samples.get(i).text));
    }
    return Map.of("bleu", bleu.score());
  }

  private Map<String, Double> rouge(List<String> texts) {
    Rouge rouge = new Rouge();
    for (int i = 0; i < texts.size(); i++) {
      rouge.add(texts.get(i), samples.get(i).text);
    }
    Map<String, Double> scores = new LinkedHashMap<>();
    scores.put("rouge1", rouge.rouge1());
    scores.put("rouge2", rouge.rouge2());
    scores.put("rougeL", rouge.rougeL());
    return scores;
  }

  @Override
  public List<String> summary() {
    return List.of(
        "%d training pairs, %d held out, of which %d are generated at evaluations"
            .formatted(train.size(), heldOut.size(), samples.size()));
  }

  @Override
  public List<String> details() {
    return details;
  }
}
