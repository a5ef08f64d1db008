package dev.rapt.train.task.generate;

import dev.rapt.generate.options.GenerationOptions;
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
import dev.rapt.train.objective.GeneratedTargets;
import dev.rapt.train.objective.Objective;
import dev.rapt.train.objective.Seq2SeqObjective;
import dev.rapt.train.task.CutTexts;
import dev.rapt.train.task.HeldOutRows;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TuningSpec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Training of an encoder-decoder on pairs of texts. */
final class TextToTextRun implements TaskRun<SourceTargetBatch> {
  private static final int USUAL_SAMPLES = 200;
  private static final int MOST_SAMPLES = 1 << 20;

  private final TaskSetup setup;
  private final TextToTextTask.Kind kind;
  private final Seq2SeqLm model;
  private final List<Row> train;
  private final HeldOutRows<Row> heldOut;
  private final GeneratedTargets samples;
  private final int padId;
  private final CutTexts cutTexts;
  private List<String> details = List.of();

  /**
   * A pair of texts.
   *
   * @param source ids of the source
   * @param target ids of the target
   * @param text the target as text
   * @param isCut whether the end of one of them was left out
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Row(int[] source, int[] target, String text, boolean isCut) {
    /** A pair of whole texts. */
    Row(int[] source, int[] target, String text) {
      this(source, target, text, false);
    }

    /** Returns a copy whose texts have at most so many tokens. */
    Row cutTo(int mostOfSource, int mostOfTarget) {
      return new Row(
          cut(source, mostOfSource),
          cut(target, mostOfTarget),
          text,
          source.length > mostOfSource || target.length > mostOfTarget);
    }

    /** Cuts a text to the longest length; its last token, usually the end token, stays. */
    private static int[] cut(int[] ids, int most) {
      if (ids.length <= most) {
        return ids;
      }
      int[] cut = Arrays.copyOf(ids, most);
      cut[most - 1] = ids[ids.length - 1];
      return cut;
    }

    int length() {
      return Math.max(source.length, target.length);
    }

    private GeneratedTargets.Sample sample() {
      return new GeneratedTargets.Sample(source, target.length, text);
    }
  }

  TextToTextRun(
      TaskSetup setup,
      TextToTextTask.Kind kind,
      Seq2SeqLm model,
      Tokenizer targetTokenizer,
      SourceFormat format,
      List<Row> train,
      List<Row> heldOut,
      Map<String, Integer> limits) {
    this.setup = setup;
    this.kind = kind;
    this.model = model;
    this.train = train;
    this.heldOut = HeldOutRows.byLength(heldOut, Row::length);
    cutTexts = CutTexts.of(train, heldOut, Row::isCut, limits);
    int most = (int) setup.number(TextToTextTask.EVAL_SAMPLES, USUAL_SAMPLES, 0, MOST_SAMPLES);
    samples =
        new GeneratedTargets(
            TextToText.of(model, setup.tokenizer(), targetTokenizer, GenerationOptions.defaults()),
            format,
            heldOut.stream().limit(most).map(Row::sample).toList(),
            setup.spec().batchSize());
    padId = model.config().padTokenId();
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
      Map<String, Double> metrics = samples.samples().isEmpty() ? Map.of() : scores();
      String deciding =
          samples.samples().isEmpty()
              ? null
              : kind == TextToTextTask.Kind.TRANSLATE ? "bleu" : "rouge_l";
      return new Measurement(loss.loss(), loss.targets(), metrics, deciding);
    };
  }

  private Map<String, Double> scores() {
    List<String> texts = samples.generate();
    details = samples.shown(texts);
    return kind == TextToTextTask.Kind.TRANSLATE
        ? Map.of("bleu", samples.bleu(texts))
        : rouge(texts);
  }

  private Map<String, Double> rouge(List<String> texts) {
    Rouge rouge = new Rouge();
    for (int i = 0; i < texts.size(); i++) {
      rouge.add(texts.get(i), samples.samples().get(i).reference());
    }
    Map<String, Double> scores = new LinkedHashMap<>();
    scores.put("rouge1", rouge.rouge1());
    scores.put("rouge2", rouge.rouge2());
    scores.put("rouge_l", rouge.rougeL());
    return scores;
  }

  @Override
  public List<String> summary() {
    return List.of(
        "%d training pairs, %d held out, of which %d are generated at evaluations"
            .formatted(train.size(), heldOut.size(), samples.samples().size()));
  }

  @Override
  public List<String> details() {
    return details;
  }

  @Override
  public CutTexts cutTexts() {
    return cutTexts;
  }
}
