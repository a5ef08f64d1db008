package dev.rapt.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.model.CausalLm;
import dev.rapt.tensor.MemoryPool;
import dev.rapt.train.TinyRun.Recorder;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.RandomWindows;
import dev.rapt.train.batch.TokenBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
  @Test
  void lossFallsOnPredictableText() {
    Recorder run = TinyRun.train(TinyRun.gpt2(0), TinyRun.options(150).lr(1e-2).build());
    assertThat(run.losses().getFirst()).isBetween(3.0, 3.4);
    assertThat(run.losses().getLast()).isLessThan(1.5);
  }

  @Test
  void mixedPrecisionLearnsAsWell() {
    TrainOptions options =
        TinyRun.options(150).lr(1e-2).precision(TrainOptions.PrecisionMode.BF16).build();
    Recorder run = TinyRun.train(TinyRun.gpt2(0), options);
    assertThat(run.losses().getLast()).isLessThan(1.5);
  }

  @Test
  void overfitsOneBatch() {
    TokenBatch batch = TinyRun.batches().batch(0);
    BatchSampler same =
        new BatchSampler() {
          @Override
          public int batchSize() {
            return batch.batchSize();
          }

          @Override
          public int seqLen() {
            return batch.seqLen();
          }

          @Override
          public TokenBatch batch(long step) {
            return batch;
          }

          @Override
          public long stepsPerEpoch() {
            return 1;
          }
        };
    Recorder recorder = new Recorder();
    try (CausalLm model = CausalLm.create(TinyRun.llama(), 1)) {
      TrainOptions options = TinyRun.options(200).lr(1e-2).build();
      Trainer.of(model, same, options).listener(recorder).build().run();
    }
    assertThat(recorder.losses().getLast()).isLessThan(0.05);
  }

  @Test
  void equalSeedsGiveEqualRuns() {
    TrainOptions options = TinyRun.options(10).accumulation(2).build();
    List<Double> first = TinyRun.train(TinyRun.gpt2(0.2f), options).losses();
    assertThat(TinyRun.train(TinyRun.gpt2(0.2f), options).losses()).isEqualTo(first);
    TrainOptions other = options.toBuilder().seed(2).build();
    assertThat(TinyRun.train(TinyRun.gpt2(0.2f), other).losses()).isNotEqualTo(first);
  }

  @Test
  void gradientCheckpointingDoesNotChangeTheLoss() {
    TrainOptions options = TinyRun.options(10).build();
    List<Double> plain = TinyRun.train(TinyRun.gpt2(0.2f), options).losses();
    TrainOptions recomputing = options.toBuilder().recompute(true).build();
    assertThat(TinyRun.train(TinyRun.gpt2(0.2f), recomputing).losses()).isEqualTo(plain);
  }

  @Test
  void nativeMemoryStaysFlat() {
    TrainOptions options = TinyRun.options(1000).evalEverySteps(100).evalBatches(1).build();
    long[] used = new long[2];
    long[] peak = new long[2];
    TrainListener memory =
        new TrainListener() {
          @Override
          public void onStep(StepMetrics step) {
            int at = step.step() == 150 ? 0 : step.step() == 1000 ? 1 : -1;
            if (at >= 0) {
              used[at] = MemoryPool.shared().usedBytes();
              peak[at] = MemoryPool.shared().peakBytes();
            }
          }
        };
    try (CausalLm model = CausalLm.create(TinyRun.gpt2(0.1f), 1)) {
      Trainer.of(model, TinyRun.batches(), options)
          .heldOut(TinyRun.heldOut())
          .listener(memory)
          .build()
          .run();
    }
    assertThat(used[1]).isEqualTo(used[0]);
    assertThat(peak[1]).isEqualTo(peak[0]);
  }

  @Test
  void aTimeLimitEndsTheRunWithADecayedLearningRate() {
    TrainOptions options = TinyRun.options(1_000_000_000).minLrRatio(0.02).build();
    Recorder recorder = new Recorder();
    TrainResult result;
    try (CausalLm model = CausalLm.create(TinyRun.llama(), 1)) {
      result =
          Trainer.of(model, TinyRun.batches(), options)
              .heldOut(TinyRun.heldOut())
              .listener(recorder)
              .timeLimit(3)
              .build()
              .run();
    }
    assertThat(result.stopped()).isFalse();
    assertThat(result.steps()).isBetween(20L, 999_999_999L);
    assertThat(recorder.evaluations).hasSize(1);
    TrainListener.StepMetrics last = recorder.steps.getLast();
    assertThat(last.steps()).isEqualTo(last.step());
    assertThat(last.lr()).isLessThan(0.1 * options.lr());
  }

  @Test
  void evaluatesSamplesAndSavesWhenDue(@TempDir Path path) throws IOException {
    TrainOptions options =
        TinyRun.options(9)
            .evalEverySteps(4)
            .sampleEverySteps(3)
            .saveEverySteps(2)
            .keepCheckpoints(2)
            .build();
    Recorder recorder = new Recorder();
    TrainResult result;
    try (CausalLm model = CausalLm.create(TinyRun.llama(), 1)) {
      result =
          Trainer.of(model, TinyRun.batches(), options)
              .heldOut(TinyRun.heldOut())
              .folder(TinyRun.folder(path))
              .sampler(() -> "Once upon a time")
              .listener(recorder)
              .fact("machine", "small")
              .build()
              .run();
    }
    assertThat(recorder.evaluations)
        .extracting(TrainListener.Evaluation::step)
        .contains(4L, 8L, 9L);
    assertThat(recorder.samples).hasSize(3);
    assertThat(recorder.checkpoints).hasSize(5);
    assertThat(path.resolve("checkpoints")).isDirectoryContaining("glob:**step-00000008");
    assertThat(path.resolve("checkpoints")).isDirectoryContaining("glob:**step-00000009");
    assertThat(path.resolve("checkpoints")).isDirectoryNotContaining("glob:**step-00000006");
    assertThat(result.checkpoint()).isEqualTo(RunFolder.newest(path).orElseThrow());
    List<String> lines = Files.readAllLines(path.resolve("metrics.jsonl"));
    assertThat(lines.getFirst()).contains("\"machine\":\"small\"", "\"name\":\"adamw\"");
    assertThat(lines).hasSize(1 + 9 + 3 + 3 + 5);
  }

  @Test
  void aFolderThatHoldsARunIsNotOverwritten(@TempDir Path path) {
    TrainOptions options = TinyRun.options(1).build();
    try (CausalLm model = CausalLm.create(TinyRun.llama(), 1)) {
      Trainer.of(model, TinyRun.batches(), options).folder(TinyRun.folder(path)).build().run();
      Trainer again =
          Trainer.of(model, TinyRun.batches(), options).folder(TinyRun.folder(path)).build();
      assertThatThrownBy(again::run)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("--resume");
    }
  }

  @Test
  void aLossThatIsNotFiniteStopsTheRunAndKeepsTheLastCheckpoint(@TempDir Path path) {
    TrainOptions options = TinyRun.options(20).saveEverySteps(2).build();
    try (CausalLm model = CausalLm.create(TinyRun.llama(), 1)) {
      TrainListener spoiler =
          new TrainListener() {
            @Override
            public void onStep(StepMetrics step) {
              if (step.step() == 5) {
                model.tokenEmbedding().value().memory().fill((byte) 0xff); // NaN
              }
            }
          };
      Trainer<TokenBatch> trainer =
          Trainer.of(model, TinyRun.batches(), options)
              .folder(TinyRun.folder(path))
              .listener(spoiler)
              .build();
      assertThatThrownBy(trainer::run)
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("step 6: loss")
          .hasMessageContaining("step-00000004");
    }
    try (CausalLm last = CausalLm.load(path)) {
      assertThat(HeldOutLoss.of(last, TinyRun.heldOut(), 1).loss()).isFinite();
    }
  }

  /** Runs steps, then makes all weights of the embedding NaN before the last evaluation. */
  private static void runAndSpoilTheLastStep(Path path, boolean evaluates) {
    TrainOptions options = TinyRun.options(4).saveEverySteps(2).build();
    try (CausalLm model = CausalLm.create(TinyRun.llama(), 1)) {
      TrainListener spoiler =
          new TrainListener() {
            @Override
            public void onStep(StepMetrics step) {
              if (step.step() == 4) {
                model.tokenEmbedding().value().memory().fill((byte) 0xff); // NaN
              }
            }

            @Override
            public void onEvaluation(Evaluation evaluation) {
              throw new AssertionError("NaN must not be reported as a loss, got " + evaluation);
            }
          };
      Trainer.Builder trainer =
          Trainer.of(model, TinyRun.batches(), options)
              .folder(TinyRun.folder(path))
              .listener(spoiler);
      (evaluates ? trainer.heldOut(TinyRun.heldOut()) : trainer).build().run();
    }
  }

  @Test
  void aHeldOutLossThatIsNotFiniteStopsTheRun(@TempDir Path path) {
    assertThatThrownBy(() -> runAndSpoilTheLastStep(path, true))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("step 4: held-out loss must be finite, got NaN")
        .hasMessageContaining("step-00000002");
  }

  @Test
  void weightsThatAreNotFiniteAreNotSaved(@TempDir Path path) {
    assertThatThrownBy(() -> runAndSpoilTheLastStep(path, false))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("step 4: weights must be finite")
        .hasMessageContaining("step-00000002");
    assertThat(RunFolder.newest(path).orElseThrow().getFileName()).hasToString("step-00000002");
  }

  @Test
  void aFinishedRunThatIsResumedHasItsLosses(@TempDir Path path) {
    TrainOptions options = TinyRun.options(3).build();
    TrainResult first;
    try (CausalLm model = CausalLm.create(TinyRun.llama(), 1)) {
      first = finish(model, options, path, null);
    }
    Path checkpoint = RunFolder.newest(path).orElseThrow();
    try (CausalLm model = CausalLm.loadTrainable(checkpoint)) {
      TrainResult again = finish(model, options, path, checkpoint);
      assertThat(again.loss()).isEqualTo(first.loss()).isFinite();
      assertThat(again.heldOutLoss()).isEqualTo(first.heldOutLoss()).isNotNull();
      assertThat(again.steps()).isEqualTo(3);
    }
  }

  private static TrainResult finish(
      CausalLm model, TrainOptions options, Path path, @Nullable Path checkpoint) {
    Trainer.Builder trainer =
        Trainer.of(model, TinyRun.batches(), options)
            .heldOut(TinyRun.heldOut())
            .folder(TinyRun.folder(path));
    return (checkpoint == null ? trainer : trainer.resumeFrom(checkpoint)).build().run();
  }

  @Test
  void batchesThatCannotFitIntoMemoryAreRefusedBeforeTheFirstStep() {
    RandomWindows batches = new RandomWindows(TinyRun.text(2000), 100_000_000, 16, 7, false);
    Recorder recorder = new Recorder();
    try (CausalLm model = CausalLm.create(TinyRun.llama(), 1)) {
      TrainOptions options = TinyRun.options(1).accumulation(1000).build();
      Trainer<TokenBatch> trainer = Trainer.of(model, batches, options).listener(recorder).build();
      assertThatThrownBy(trainer::run)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(
              "batch size: must fit into memory, got 100000000 sequences of 16 tokens, which need");
    }
    assertThat(recorder.steps).isEmpty();
  }

  @Test
  void aRequestedStopSavesAndReturns(@TempDir Path path) {
    try (CausalLm model = CausalLm.create(TinyRun.llama(), 1)) {
      Trainer[] trainer = new Trainer[1];
      TrainListener stopper =
          new TrainListener() {
            @Override
            public void onStep(StepMetrics step) {
              if (step.step() == 3) {
                trainer[0].requestStop();
              }
            }
          };
      trainer[0] =
          Trainer.of(model, TinyRun.batches(), TinyRun.options(100).build())
              .folder(TinyRun.folder(path))
              .listener(stopper)
              .build();
      TrainResult result = trainer[0].run();
      assertThat(result.stopped()).isTrue();
      assertThat(result.steps()).isEqualTo(3);
      assertThat(RunFolder.state(RunFolder.newest(path).orElseThrow()).step()).isEqualTo(3);
    }
  }
}
