package dev.rapt.cli;

import dev.rapt.generate.GenerationOptions;
import dev.rapt.generate.Prompts;
import dev.rapt.model.CausalLm;
import dev.rapt.tensor.DType;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.RunFolder;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainResult;
import dev.rapt.train.Trainer;
import dev.rapt.train.data.BatchSampler;
import dev.rapt.train.data.TokenBatch;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A run in a folder, shown on the terminal and stopped by Ctrl-C: what train and demo share. */
final class TrainingRun {
  private static final int SAMPLE_TOKENS = 80;
  private static final double SAMPLE_TEMPERATURE = 0.8;

  private final Path folder;
  private final Tokenizer tokenizer;
  private final PrintWriter err;
  private final ProgressLine progress;
  private double timeLimitSeconds = Double.POSITIVE_INFINITY;

  /** A run in this folder with this tokenizer. */
  TrainingRun(Path folder, Tokenizer tokenizer, PrintWriter err, ProgressLine progress) {
    this.folder = folder;
    this.tokenizer = tokenizer;
    this.err = err;
    this.progress = progress;
  }

  /** Ends the run after so many seconds, with a learning rate that has decayed by then. */
  TrainingRun timeLimit(double seconds) {
    timeLimitSeconds = seconds;
    return this;
  }

  /** What is done with the result: plot and report. */
  @FunctionalInterface
  interface Ending {
    void accept(TrainResult result) throws IOException;
  }

  /**
   * Trains the model.
   *
   * @param resumeFrom a checkpoint of this run, or null to begin
   */
  void train(
      CausalLm model,
      BatchSampler batches,
      Iterable<TokenBatch> heldOut,
      TrainOptions options,
      TrainingView view,
      @Nullable Path resumeFrom,
      Ending ending)
      throws IOException {
    boolean bf16 = options.precision().isBf16(model.config().hiddenSize());
    DType precision = bf16 ? DType.BF16 : DType.F32;
    RunFolder runFolder = new RunFolder(folder, Tokenizers.tokenIds(tokenizer), tokenizer::save);
    Trainer.Builder builder =
        Trainer.of(model, batches, options)
            .heldOut(heldOut)
            .folder(runFolder)
            .listener(view)
            .timeLimit(timeLimitSeconds)
            .sampler(trained -> sample(trained, tokenizer))
            .peakFlops(MachineSpeed.matmulFlops(precision));
    for (Map.Entry<String, Object> fact : EnvironmentFacts.gather().toMap().entrySet()) {
      builder.fact(fact.getKey(), fact.getValue());
    }
    builder.fact("parameters", model.parameters().numWeights());
    if (resumeFrom != null) {
      builder.resumeFrom(resumeFrom);
    }
    Trainer trainer = builder.build();
    try (GracefulStop _ = new GracefulStop(trainer, progress, err)) {
      TrainResult result = trainer.run();
      progress.clear();
      ending.accept(result);
    } finally {
      progress.clear();
    }
  }

  /** A few words of a model under training. */
  private static String sample(CausalLm model, Tokenizer tokenizer) {
    GenerationOptions options =
        GenerationOptions.builder()
            .doSample(true)
            .temperature(SAMPLE_TEMPERATURE)
            .maxNewTokens(Math.min(SAMPLE_TOKENS, model.config().maxPositions() - 1))
            .seed(1)
            .build();
    return LoadedModel.writer(model, tokenizer)
        .generate(Prompts.of(LoadedModel.beginning(tokenizer)), options)
        .first()
        .text();
  }
}
