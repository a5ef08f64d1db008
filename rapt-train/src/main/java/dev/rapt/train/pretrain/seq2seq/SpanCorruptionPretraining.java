package dev.rapt.train.pretrain.seq2seq;

import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.Seq2SeqPreset;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.ScheduleKind;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.batch.SourceTargetBatch;
import dev.rapt.train.noise.Denoising;
import dev.rapt.train.noise.SpanCorruption;
import dev.rapt.train.objective.Seq2SeqObjective;
import dev.rapt.train.optim.Adafactor;
import dev.rapt.train.pretrain.objective.PretrainObjective;
import dev.rapt.train.pretrain.objective.PretrainRun;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.PretrainSpec;
import dev.rapt.train.pretrain.objective.SpecialTokens;
import dev.rapt.train.pretrain.objective.WindowRun;
import dev.rapt.train.random.Draws;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** Span corruption of T5: writes the spans that were removed. arXiv:1910.10683, section 3.1.4. */
public final class SpanCorruptionPretraining implements PretrainObjective {
  private static final double USUAL_DENSITY = 0.15;
  private static final double USUAL_SPAN = 3;
  private static final long LONGEST_WARMUP = 10_000;
  private static final double WARMUP_SHARE = 0.15;

  @Override
  public String name() {
    return "span";
  }

  @Override
  public String description() {
    return "writes removed spans of a text (T5)";
  }

  @Override
  public SpecialTokens tokens() {
    return SpecialTokens.SENTINELS;
  }

  @Override
  public List<String> presets() {
    return Seq2SeqModels.names(
        Seq2SeqPreset.T5_TINY,
        Seq2SeqPreset.T5_MINI,
        Seq2SeqPreset.T5_SMALL,
        Seq2SeqPreset.T5_BASE);
  }

  @Override
  public List<String> next() {
    return List.of(
        "finetune --task summarize --model %s --train FILE --optimizer adafactor --out DIR",
        "finetune --task classify --model %s --train FILE --optimizer adafactor --out DIR");
  }

  @Override
  public PretrainSpec.Stack stack(PretrainSpec spec) {
    return Seq2SeqModels.stack(spec);
  }

  @Override
  public Set<String> settings() {
    return Set.of("noise-density", "mean-span");
  }

  /**
   * {@inheritDoc}
   *
   * <p>Section 3.1.2: Adafactor, whose steps grow with the weights, and the inverse square root of
   * the step. T5's embeddings begin with a standard deviation of 1, which AdamW's steps hardly
   * change.
   */
  @Override
  public TrainOptions.Builder usualOptions(TrainOptions.Builder options) {
    Adafactor.Options adafactor = Adafactor.Options.defaults();
    long steps = options.build().steps();
    return options
        .optimizer(adafactor)
        .lr(adafactor.usualLr())
        .schedule(ScheduleKind.INVERSE_SQRT)
        .warmupSteps(Math.min(LONGEST_WARMUP, Math.round(WARMUP_SHARE * steps)));
  }

  @Override
  public PretrainRun<?> open(PretrainSetup setup) {
    Tokenizer tokenizer = setup.tokenizer();
    SpanCorruption corruption =
        new SpanCorruption(
            setup.number("noise-density", USUAL_DENSITY, 0.01, 0.9),
            setup.number("mean-span", USUAL_SPAN, 1, 100),
            sentinels(tokenizer),
            tokens().endId(tokenizer));
    int pad = SpecialTokens.require(tokenizer, "pad_token");
    int length = corruption.textLength(setup.spec().seqLen());
    Seq2SeqLm model = Seq2SeqModels.open(setup, pad);
    try {
      return new WindowRun<>(
          setup,
          model,
          TrainedModel.fresh(model, setup.tokenIds()),
          new Seq2SeqObjective(model, 0),
          Spans.of(setup, setup.train(), length),
          Spans.of(setup, setup.heldOut(), length),
          false,
          (texts, draws) -> batch(texts, draws, corruption, pad));
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private static SourceTargetBatch batch(
      List<int[]> texts, List<Draws> draws, SpanCorruption corruption, int pad) {
    List<int[]> sources = new ArrayList<>();
    List<int[]> targets = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      Denoising corrupted = corruption.apply(texts.get(i), draws.get(i));
      sources.add(corrupted.inputs());
      targets.add(corrupted.targets());
    }
    return SourceTargetBatch.of(sources, targets, pad);
  }

  private static int[] sentinels(Tokenizer tokenizer) {
    List<Integer> ids = new ArrayList<>();
    while (true) {
      OptionalInt id = tokenizer.tokenToId(SpecialTokens.sentinel(ids.size()));
      if (id.isEmpty()) {
        break;
      }
      ids.add(id.getAsInt());
    }
    if (ids.isEmpty()) {
      throw new IllegalArgumentException(
          "tokenizer: must have the sentinels <extra_id_0>, <extra_id_1> ... for span corruption,"
              + " got none; use another tokenizer");
    }
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }
}
