package dev.rapt.train.pretrain.decoder;

import dev.rapt.model.CausalLm;
import dev.rapt.model.MultiTokenPrediction;
import dev.rapt.model.decoder.Llama;
import dev.rapt.model.decoder.PositionEncoding;
import dev.rapt.train.Teacher;
import dev.rapt.train.batch.Windows;
import dev.rapt.train.noise.FillInTheMiddle;
import dev.rapt.train.objective.CausalLmObjective;
import dev.rapt.train.objective.DistillationObjective;
import dev.rapt.train.pretrain.objective.PretrainObjective;
import dev.rapt.train.pretrain.objective.PretrainRun;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.PretrainSpec;
import dev.rapt.train.pretrain.objective.SpecialTokens;
import dev.rapt.train.pretrain.objective.TaughtRun;
import dev.rapt.train.shape.ModelShape;
import dev.rapt.train.shape.Preset;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Causal language modelling, each token from those before it, and fill-in-the-middle at the level
 * of the context: windows are cut first, then each document in a window is rearranged, with a
 * probability. arXiv:2207.14255, section 4.4. With multi-token prediction, the tokens after the
 * next one are predicted too: arXiv:2412.19437, section 2.2.
 */
public final class CausalPretraining implements PretrainObjective {
  private static final double USUAL_SPM_RATE = 0.5;
  private static final int MOST_TOKENS = 4;

  @Override
  public String name() {
    return "causal";
  }

  @Override
  public String description() {
    return "predicts each next token, or several (GPT, Llama), also to fill in the middle";
  }

  @Override
  public SpecialTokens tokens() {
    return SpecialTokens.INFILLING_DECODER;
  }

  @Override
  public List<String> presets() {
    return Arrays.stream(Preset.values()).map(Preset::label).toList();
  }

  @Override
  public List<String> next() {
    return List.of(
        "generate %s --prompt \"...\"",
        "finetune --task classify --model %s --train FILE --out DIR");
  }

  @Override
  public PretrainSpec.Stack stack(PretrainSpec spec) {
    return new PretrainSpec.Stack(shape(spec).layers(), shape(spec).width());
  }

  @Override
  public Set<String> settings() {
    return Set.of(
        "fim-rate",
        "spm-rate",
        "predict-tokens",
        "predict-weight",
        Teacher.FOLDER,
        Teacher.TEMPERATURE,
        Teacher.ALPHA);
  }

  @Override
  public PretrainRun<?> open(PretrainSetup setup) {
    if (!Teacher.isSet(setup.settings())) {
      return open(setup, setup.tokenizer().vocabSize());
    }
    Teacher settings = Teacher.of(setup.settings());
    CausalLm teacher = settings.causalLm(setup.tokenizer(), setup.spec().seqLen());
    try {
      return taught(open(setup, teacher.config().vocabSize()), teacher, settings);
    } catch (RuntimeException e) {
      teacher.close();
      throw e;
    }
  }

  private static TaughtRun<?> taught(CausalRun run, CausalLm teacher, Teacher settings) {
    if (!(run.objective() instanceof CausalLmObjective plain)) {
      run.close();
      throw new IllegalArgumentException(
          "predict-tokens: must be 1 with a teacher, who predicts the next token alone; leave one"
              + " out");
    }
    return new TaughtRun<>(
        run,
        new DistillationObjective(plain.model(), teacher, settings.temperature(), settings.alpha()),
        teacher);
  }

  private static CausalRun open(PretrainSetup setup, int vocabSize) {
    double rate = setup.number("fim-rate", 0, 0, 1);
    double spmRate = setup.number("spm-rate", USUAL_SPM_RATE, 0, 1);
    InfillingTexts infilling = rate == 0 ? null : InfillingTexts.of(setup, rate, spmRate);
    int length = setup.spec().seqLen() - (infilling == null ? 0 : FillInTheMiddle.ADDED);
    Windows train = setup.windows(setup.train(), length);
    Windows heldOut = setup.windows(setup.heldOut(), length);
    Path checkpoint = setup.checkpoint();
    CausalLm model =
        checkpoint == null
            ? CausalLm.create(shape(setup.spec()).config(vocabSize), setup.spec().seed())
            : CausalLm.loadTrainable(checkpoint);
    try {
      return CausalRun.of(setup, model, further(setup, model), train, heldOut, infilling);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** Returns the modules that predict beyond the next token, or null for none. */
  private static @Nullable MultiTokenPrediction further(PretrainSetup setup, CausalLm model) {
    int tokens = (int) setup.number("predict-tokens", 1, 1, MOST_TOKENS);
    if (tokens > 1 && !(model.config() instanceof Llama.Config)) {
      throw new IllegalArgumentException(
          "predict-tokens: must be 1 for this preset, got %d; use a preset with the shape of Llama, such as small"
              .formatted(tokens));
    }
    return tokens == 1 ? null : MultiTokenPrediction.create(model, tokens - 1, setup.spec().seed());
  }

  private static ModelShape shape(PretrainSpec spec) {
    ModelShape base = Preset.of(spec.preset()).shape();
    PretrainSpec.Size size = spec.size();
    int width = or(size.width(), base.width());
    int heads = or(size.heads(), base.heads());
    int sameMlpShare = Math.max(1, Math.round((float) width * base.mlpWidth() / base.width()));
    Double dropout = size.dropout();
    return new ModelShape(
        or(size.layers(), base.layers()),
        width,
        heads,
        size.heads() == null ? base.kvHeads() : heads,
        or(size.mlpWidth(), sameMlpShare),
        positions(base, spec.seqLen()),
        base.positions(),
        base.ropeTheta(),
        base.window(),
        base.alternating(),
        base.norm(),
        base.postNorm(),
        base.activation(),
        base.gated(),
        base.bias(),
        base.tied(),
        dropout == null ? base.dropout() : dropout.floatValue());
  }

  /**
   * Returns the number of positions: those that are trained, where each has a vector of its own.
   */
  private static int positions(ModelShape base, int seqLen) {
    return base.positions() == PositionEncoding.LEARNED ? seqLen : Math.max(base.context(), seqLen);
  }

  private static int or(@Nullable Integer value, int usual) {
    return value == null ? usual : value;
  }
}
