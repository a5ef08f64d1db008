package dev.rapt.train.pretrain;

import dev.rapt.model.CausalLm;
import dev.rapt.train.ModelShape;
import dev.rapt.train.Preset;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.EvaluationBatches;
import dev.rapt.train.batch.NoisedWindows;
import dev.rapt.train.batch.ShuffledWindows;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.batch.Windows;
import dev.rapt.train.noise.FillInTheMiddle;
import dev.rapt.train.objective.CausalLmObjective;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Causal language modelling, each token from those before it, and fill-in-the-middle at the level
 * of the context: windows are cut first, then each document in a window is rearranged, with a
 * probability. arXiv:2207.14255, section 4.4.
 */
final class CausalPretraining implements PretrainObjective {
  private static final double USUAL_SPM_RATE = 0.5;

  @Override
  public String name() {
    return "causal";
  }

  @Override
  public String description() {
    return "predicts each next token (GPT, Llama), with fill-in-the-middle on request";
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
  public Set<String> settings() {
    return Set.of("fim-rate", "spm-rate");
  }

  @Override
  public PretrainRun<?> open(PretrainSetup setup) {
    double rate = setup.number("fim-rate", 0, 0, 1);
    double spmRate = setup.number("spm-rate", USUAL_SPM_RATE, 0, 1);
    InfillingTexts infilling = rate == 0 ? null : InfillingTexts.of(setup, rate, spmRate);
    int length = setup.spec().seqLen() - (infilling == null ? 0 : FillInTheMiddle.ADDED);
    Windows train = setup.windows(setup.train(), length);
    Windows heldOut = setup.windows(setup.heldOut(), length);
    Path checkpoint = setup.checkpoint();
    CausalLm model =
        checkpoint == null
            ? CausalLm.create(
                shape(setup.spec()).config(setup.tokenizer().vocabSize()), setup.spec().seed())
            : CausalLm.loadTrainable(checkpoint);
    try {
      return Run.of(setup, model, train, heldOut, infilling);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
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
        Math.max(base.context(), spec.seqLen()),
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

  private static int or(@Nullable Integer value, int usual) {
    return value == null ? usual : value;
  }

  /** A decoder with its batches. */
  private record Run(
      CausalLm model,
      TrainedModel trained,
      CausalLmObjective objective,
      BatchSampler<TokenBatch> batches,
      Iterable<TokenBatch> heldOut)
      implements PretrainRun<TokenBatch> {
    static Run of(
        PretrainSetup setup,
        CausalLm model,
        Windows train,
        Windows heldOut,
        @Nullable InfillingTexts infilling) {
      int size = setup.spec().batchSize();
      long seed = setup.spec().seed();
      return new Run(
          model,
          TrainedModel.fresh(model, setup.tokenIds()),
          new CausalLmObjective(model),
          infilling == null
              ? new ShuffledWindows(train, size, seed)
              : new NoisedWindows<>(train, size, seed, false, infilling::batch),
          infilling == null
              ? new EvaluationBatches(heldOut, size)
              : NoisedWindows.heldOut(heldOut, size, seed, infilling::batch));
    }
  }
}
