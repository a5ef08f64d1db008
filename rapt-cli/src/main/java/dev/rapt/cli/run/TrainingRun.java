package dev.rapt.cli.run;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.cli.machine.EnvironmentFacts;
import dev.rapt.cli.machine.MachineSpeed;
import dev.rapt.cli.output.ProgressLine;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.model.CausalLm;
import dev.rapt.tensor.DType;
import dev.rapt.text.TextModel;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.RunFolder;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainResult;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.Trainer;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.objective.CausalLmObjective;
import dev.rapt.train.shape.TrainFlops;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A training run in a folder, shown on the terminal and stopped by Ctrl-C. */
public final class TrainingRun {
  private static final int SAMPLE_TOKENS = 80;
  private static final double SAMPLE_TEMPERATURE = 0.8;

  private final Path folder;
  private final Tokenizer tokenizer;
  private final AtomicFiles.FolderWriter sharedFiles;
  private final PrintWriter err;
  private final ProgressLine progress;
  private double timeLimitSeconds = Double.POSITIVE_INFINITY;

  /**
   * A run in this folder with this tokenizer.
   *
   * @param sharedFiles writes tokenizer.json and what else belongs to the folder of the run and to
   *     each checkpoint
   */
  public TrainingRun(
      Path folder,
      Tokenizer tokenizer,
      AtomicFiles.FolderWriter sharedFiles,
      PrintWriter err,
      ProgressLine progress) {
    this.folder = folder;
    this.tokenizer = tokenizer;
    this.sharedFiles = sharedFiles;
    this.err = err;
    this.progress = progress;
  }

  /**
   * A view of this run on the terminal.
   *
   * @param quiet whether lines for evaluations, samples and checkpoints are left out
   */
  public TrainingView view(boolean quiet) {
    return new TrainingView(progress, quiet);
  }

  /**
   * What a run trains on and how.
   *
   * @param batches training batches
   * @param heldOut batches of held-out text
   */
  public record Plan(
      BatchSampler<TokenBatch> batches, Iterable<TokenBatch> heldOut, TrainOptions options) {}

  /** Ends the run after this many seconds, with a learning rate that has decayed by then. */
  public TrainingRun timeLimit(double seconds) {
    timeLimitSeconds = seconds;
    return this;
  }

  /** Handles the result: plot and report. */
  @FunctionalInterface
  public interface Ending {
    void accept(TrainResult result) throws IOException;
  }

  /**
   * Trains the model.
   *
   * @param resumeFrom a checkpoint of this run; null for a new run
   * @param ending handles the result
   * @return the result
   */
  public TrainResult train(
      CausalLm model, Plan plan, TrainingView view, @Nullable Path resumeFrom, Ending ending)
      throws IOException {
    boolean bf16 = plan.options.precision().isBf16(model.config().hiddenSize());
    DType precision = bf16 ? DType.BF16 : DType.F32;
    RunFolder runFolder = new RunFolder(folder, sharedFiles);
    Trainer.Builder<TokenBatch> builder =
        Trainer.of(
                TrainedModel.fresh(model, Tokenizers.tokenIds(tokenizer)),
                new CausalLmObjective(model),
                plan.batches,
                plan.options)
            .flopsPerToken(TrainFlops.perToken(model, plan.batches.seqLen()))
            .heldOut(plan.heldOut)
            .folder(runFolder)
            .listener(view)
            .timeLimit(timeLimitSeconds)
            .sampler(() -> sample(model, tokenizer))
            .peakFlops(MachineSpeed.matmulFlops(precision));
    for (Map.Entry<String, Object> fact : EnvironmentFacts.gather().toMap().entrySet()) {
      builder.fact(fact.getKey(), fact.getValue());
    }
    builder.fact("parameters", model.parameters().numWeights());
    if (resumeFrom != null) {
      builder.resumeFrom(resumeFrom);
    }
    Trainer<TokenBatch> trainer = builder.build();
    try (GracefulStop stop = new GracefulStop(progress, err)) {
      stop.stops(trainer);
      TrainResult result = trainer.run();
      progress.clear();
      ending.accept(result);
      return result;
    } finally {
      progress.clear();
    }
  }

  /** A sample text of the model. */
  private static String sample(CausalLm model, Tokenizer tokenizer) {
    GenerationOptions options =
        GenerationOptions.builder()
            .doSample(true)
            .temperature(SAMPLE_TEMPERATURE)
            .maxNewTokens(Math.min(SAMPLE_TOKENS, model.config().maxPositions() - 1))
            .seed(1)
            .build();
    return TextModel.generator(model, tokenizer)
        .generate(Prompts.of(TextModel.beginning(tokenizer)), options)
        .first()
        .text();
  }
}
