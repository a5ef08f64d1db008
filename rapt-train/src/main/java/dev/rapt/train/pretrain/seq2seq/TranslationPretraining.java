package dev.rapt.train.pretrain.seq2seq;

import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.Seq2SeqPreset;
import dev.rapt.tensor.DType;
import dev.rapt.text.SourceFormat;
import dev.rapt.text.TextToText;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.Evaluator;
import dev.rapt.train.HeldOutLoss;
import dev.rapt.train.Measurement;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.ScheduleKind;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.GroupedRows;
import dev.rapt.train.batch.SourceTargetBatch;
import dev.rapt.train.example.Example;
import dev.rapt.train.example.ParallelText;
import dev.rapt.train.objective.GeneratedTargets;
import dev.rapt.train.objective.Objective;
import dev.rapt.train.objective.Seq2SeqObjective;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.pretrain.objective.PretrainObjective;
import dev.rapt.train.pretrain.objective.PretrainRun;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.PretrainSpec;
import dev.rapt.train.pretrain.objective.SpecialTokens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Translation from pairs of texts, with label smoothing and the schedule of the learning rate of
 * "Attention Is All You Need", arXiv:1706.03762, section 5.
 */
public final class TranslationPretraining implements PretrainObjective {
  private static final String EVAL_SAMPLES = "eval-samples";
  private static final double USUAL_SAMPLES = 200;
  private static final double USUAL_SMOOTHING = 0.1;
  private static final long LONGEST_WARMUP = 4000;
  private static final int WARMUP_DIVISOR = 5;
  private static final double EPS = 1e-9;

  /**
   * A pair of texts as tokens.
   *
   * @param text the target as text
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Pair(int[] source, int[] target, String text) {
    private GeneratedTargets.Sample sample() {
      return new GeneratedTargets.Sample(source, target.length, text);
    }
  }

  @Override
  public String name() {
    return "translate";
  }

  @Override
  public String description() {
    return "translates the lines of one file to those of another (Transformer of 2017, LSTM)";
  }

  @Override
  public SpecialTokens tokens() {
    return SpecialTokens.TRANSLATOR;
  }

  @Override
  public List<String> presets() {
    return Seq2SeqModels.names(
        Seq2SeqPreset.TRANSFORMER_TINY,
        Seq2SeqPreset.TRANSFORMER_BASE,
        Seq2SeqPreset.TRANSFORMER_BIG,
        Seq2SeqPreset.LSTM_SMALL);
  }

  @Override
  public List<String> next() {
    return List.of("translate %s \"...\"");
  }

  @Override
  public PretrainSpec.Stack stack(PretrainSpec spec) {
    return Seq2SeqModels.stack(spec);
  }

  @Override
  public Set<String> settings() {
    return Set.of("label-smoothing", EVAL_SAMPLES);
  }

  @Override
  public boolean readsPairs() {
    return true;
  }

  @Override
  public TrainOptions.Builder usualOptions(TrainOptions.Builder options) {
    long steps = options.build().steps();
    AdamW.Options adam =
        new AdamW.Options(0.9, 0.98, EPS, 0, false, false, false, DType.F32); // section 5.3
    return options
        .optimizer(adam)
        .schedule(ScheduleKind.INVERSE_SQRT)
        .warmupSteps(Math.min(LONGEST_WARMUP, steps / WARMUP_DIVISOR));
  }

  @Override
  public PretrainRun<?> open(PretrainSetup setup) throws IOException {
    Tokenizer tokenizer = setup.tokenizer();
    List<Pair> train = pairs(setup, setup.texts().trainPairs());
    List<Pair> heldOut = pairs(setup, setup.texts().heldOutPairs());
    if (heldOut.isEmpty()) {
      int held = (int) Math.max(1, Math.round(setup.texts().heldOutShare() * train.size()));
      heldOut = new ArrayList<>(train.subList(train.size() - held, train.size()));
      train = train.subList(0, train.size() - held);
    }
    int most = (int) setup.number(EVAL_SAMPLES, USUAL_SAMPLES, 0, 1 << 20);
    List<GeneratedTargets.Sample> samples = heldOut.stream().limit(most).map(Pair::sample).toList();
    heldOut.sort(Comparator.comparingInt(TranslationPretraining::length).reversed());
    int pad = SpecialTokens.require(tokenizer, "pad_token");
    float smoothing = (float) setup.number("label-smoothing", USUAL_SMOOTHING, 0, 0.99);
    Seq2SeqLm model = Seq2SeqModels.open(setup, pad);
    GeneratedTargets generated =
        new GeneratedTargets(
            TextToText.of(model, tokenizer, tokenizer, GenerationOptions.defaults()),
            SourceFormat.plain(""),
            samples,
            setup.spec().batchSize());
    return new Run(setup, model, smoothing, train, heldOut, generated, pad);
  }

  /** Encodes pairs; each side is cut to the context. */
  private static List<Pair> pairs(PretrainSetup setup, List<Example> examples) {
    List<int[]> sources =
        setup.encode(examples.stream().map(e -> e.text(ParallelText.SOURCE)).toList());
    List<String> texts = examples.stream().map(e -> e.text(ParallelText.TARGET)).toList();
    List<int[]> targets = setup.encode(texts);
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      pairs.add(new Pair(sources.get(i), targets.get(i), texts.get(i)));
    }
    return pairs;
  }

  private static int length(Pair pair) {
    return Math.max(pair.source.length, pair.target.length);
  }

  private record Run(
      PretrainSetup setup,
      Seq2SeqLm model,
      float smoothing,
      List<Pair> train,
      List<Pair> heldOutPairs,
      GeneratedTargets generated,
      int padId)
      implements PretrainRun<SourceTargetBatch> {
    @Override
    public TrainedModel trained() {
      return TrainedModel.fresh(model, setup.tokenIds());
    }

    @Override
    public Objective<SourceTargetBatch> objective() {
      return new Seq2SeqObjective(model, smoothing);
    }

    @Override
    public BatchSampler<SourceTargetBatch> batches() {
      return new GroupedRows<>(
          train,
          setup.spec().batchSize(),
          TranslationPretraining::length,
          setup.spec().seed(),
          this::batch);
    }

    @Override
    public Iterable<SourceTargetBatch> heldOut() {
      int size = setup.spec().batchSize();
      List<SourceTargetBatch> batches = new ArrayList<>();
      for (int from = 0; from < heldOutPairs.size(); from += size) {
        batches.add(batch(heldOutPairs.subList(from, Math.min(heldOutPairs.size(), from + size))));
      }
      return batches;
    }

    @Override
    public Evaluator evaluator(long maxBatches) {
      return () -> {
        Measurement loss = HeldOutLoss.of(objective(), model.scope(), heldOut(), maxBatches);
        return generated.samples().isEmpty()
            ? loss
            : new Measurement(
                loss.loss(),
                loss.targets(),
                Map.of("bleu", generated.bleu(generated.generate())),
                null);
      };
    }

    private SourceTargetBatch batch(List<Pair> pairs) {
      return SourceTargetBatch.of(
          pairs.stream().map(Pair::source).toList(),
          pairs.stream().map(Pair::target).toList(),
          padId);
    }
  }
}
