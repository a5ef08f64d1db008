package dev.rapt.train;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.model.CausalLm;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.decoder.Gpt2;
import dev.rapt.model.decoder.Llama;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.batch.EvaluationBatches;
import dev.rapt.train.batch.RandomWindows;
import dev.rapt.train.batch.StreamWindows;
import dev.rapt.train.data.TokenDataset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Models and text small enough to train in a test. */
final class TinyRun {
  static final int VOCABULARY = 24;
  static final int SEQ_LEN = 16;
  private static final AtomicFiles.FolderWriter NO_TOKENIZER = _ -> {};

  private TinyRun() {}

  /** Two layers of width 16, with dropout. */
  static CausalConfig gpt2(float dropout) {
    Gpt2.Config plain = Gpt2.Config.of(DecoderSizes.of(VOCABULARY, 16, 2, 2, 2, 64, SEQ_LEN, true));
    return new Gpt2.Config(
        plain.sizes(),
        plain.activation(),
        plain.normEps(),
        plain.scaleScores(),
        plain.scaleByLayer(),
        Dropouts.all(dropout));
  }

  /** Two layers of width 16 with grouped-query attention. */
  static CausalConfig llama() {
    return Llama.Config.of(DecoderSizes.of(VOCABULARY, 16, 2, 4, 2, 32, SEQ_LEN, false));
  }

  /** Tokens that are determined by the two before them. */
  static TokenDataset text(int size) {
    int[] tokens = new int[size];
    tokens[1] = 1;
    for (int i = 2; i < size; i++) {
      tokens[i] = (3 * tokens[i - 1] + tokens[i - 2] + (i % 7 == 0 ? 5 : 0)) % VOCABULARY;
    }
    return TokenDataset.of(tokens, VOCABULARY, -1);
  }

  /** Batches of 4 windows. */
  static RandomWindows batches() {
    return new RandomWindows(text(2000), 4, SEQ_LEN, 7, false);
  }

  static EvaluationBatches heldOut() {
    return new EvaluationBatches(new StreamWindows(text(200), SEQ_LEN, false), 4);
  }

  static RunFolder folder(Path path) {
    return new RunFolder(path, NO_TOKENIZER);
  }

  /** Options in f32, without evaluations and checkpoints during the run. */
  static TrainOptions.Builder options(long steps) {
    return TrainOptions.builder(steps)
        .precision(PrecisionMode.F32)
        .warmupSteps(2)
        .evalEverySteps(0)
        .saveEveryMinutes(0);
  }

  /** Collects the metrics of a run. */
  static final class Recorder implements TrainListener {
    final List<StepMetrics> steps = new ArrayList<>();
    final List<Evaluation> evaluations = new ArrayList<>();
    final List<String> samples = new ArrayList<>();
    final List<Path> checkpoints = new ArrayList<>();

    @Override
    public void onStep(StepMetrics step) {
      steps.add(step);
    }

    @Override
    public void onEvaluation(Evaluation evaluation) {
      evaluations.add(evaluation);
    }

    @Override
    public void onSample(long step, String text) {
      samples.add(text);
    }

    @Override
    public void onSave(long step, Path folder) {
      checkpoints.add(folder);
    }

    List<Double> losses() {
      return steps.stream().map(StepMetrics::loss).toList();
    }
  }

  /** Trains a fresh model without a folder. */
  static Recorder train(CausalConfig config, TrainOptions options) {
    Recorder recorder = new Recorder();
    try (CausalLm model = CausalLm.create(config, 3)) {
      Trainer.of(model, batches(), options).listener(recorder).build().run();
    }
    return recorder;
  }
}
