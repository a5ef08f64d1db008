package dev.rapt.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.model.CausalLm;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.train.TinyRun.Recorder;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.optim.Adafactor;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.optim.Lion;
import dev.rapt.train.optim.Muon;
import dev.rapt.train.optim.OptimizerOptions;
import dev.rapt.train.optim.Sgd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A run that was stopped and resumed equals an uninterrupted one in every bit. */
class ResumeTest {
  static Stream<OptimizerOptions> optimizers() {
    return Stream.of(
        AdamW.Options.defaults(),
        Muon.Options.defaults(),
        Lion.Options.defaults(),
        Sgd.Options.defaults(),
        Adafactor.Options.defaults());
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void aResumedRunEqualsOneThatWasNeverStopped(OptimizerOptions optimizer, @TempDir Path path) {
    compareWithResumed(optimizer, PrecisionMode.F32, path);
  }

  @Test
  void mixedPrecisionIsResumedExactlyToo(@TempDir Path path) {
    compareWithResumed(Muon.Options.defaults(), PrecisionMode.BF16, path);
  }

  private static void compareWithResumed(
      OptimizerOptions optimizer, PrecisionMode precision, Path path) {
    TrainOptions options =
        TinyRun.options(20)
            .precision(precision)
            .optimizer(optimizer)
            .lr(optimizer.usualLr())
            .accumulation(2)
            .emaDecay(0.9)
            .evalEverySteps(5)
            .build();
    CausalConfig config = TinyRun.gpt2(0.1f);
    Recorder whole = new Recorder();
    try (CausalLm model = CausalLm.create(config, 3)) {
      trainer(model, options, path.resolve("whole"), whole).build().run();
    }
    Path halves = path.resolve("halves");
    Recorder first = new Recorder();
    try (CausalLm model = CausalLm.create(config, 3)) {
      Trainer[] trainer = new Trainer[1];
      trainer[0] =
          trainer(model, options, halves, first)
              .listener(
                  new TrainListener() {
                    @Override
                    public void onStep(StepMetrics step) {
                      if (step.step() == 10) {
                        trainer[0].requestStop();
                      }
                    }
                  })
              .build();
      trainer[0].run();
    }
    Path checkpoint = RunFolder.newest(halves).orElseThrow();
    assertThat(RunFolder.state(checkpoint).options()).isEqualTo(options);
    Recorder second = new Recorder();
    try (CausalLm model = CausalLm.loadTrainable(checkpoint)) {
      trainer(model, options, halves, second).resumeFrom(checkpoint).build().run();
    }
    assertThat(first.losses()).isEqualTo(whole.losses().subList(0, 10));
    assertThat(second.losses()).isEqualTo(whole.losses().subList(10, 20));
    assertThat(second.evaluations.getLast()).isEqualTo(whole.evaluations.getLast());
    for (String file :
        List.of(
            "model.safetensors", "training/model.safetensors", "training/optimizer.safetensors")) {
      assertThat(RunFolder.newest(halves).orElseThrow().resolve(file))
          .hasSameBinaryContentAs(
              RunFolder.newest(path.resolve("whole")).orElseThrow().resolve(file));
    }
  }

  private static Trainer.Builder trainer(
      CausalLm model, TrainOptions options, Path path, TrainListener listener) {
    return Trainer.of(model, TinyRun.batches(), options)
        .heldOut(TinyRun.heldOut())
        .folder(TinyRun.folder(path))
        .listener(listener);
  }

  @Test
  void anInterruptedSaveKeepsThePreviousCheckpoint(@TempDir Path path) throws IOException {
    TrainOptions options = TinyRun.options(4).saveEverySteps(2).build();
    try (CausalLm model = CausalLm.create(TinyRun.llama(), 3)) {
      trainer(model, options, path, new Recorder()).build().run();
    }
    Path half = path.resolve("checkpoints/.step-00000006.incoming");
    Files.createDirectories(half.resolve("training"));
    Files.writeString(half.resolve("training/state.json"), "{");
    Path newest = RunFolder.newest(path).orElseThrow();
    assertThat(newest.getFileName()).hasToString("step-00000004");
    try (CausalLm model = CausalLm.loadTrainable(newest)) {
      TrainOptions longer = options.toBuilder().steps(5).build();
      trainer(model, longer, path, new Recorder()).resumeFrom(newest).build().run();
    }
    assertThat(half).doesNotExist();
    assertThat(RunFolder.state(RunFolder.newest(path).orElseThrow()).step()).isEqualTo(5);
  }

  @Test
  void metricsAfterTheCheckpointAreReplaced(@TempDir Path path) throws IOException {
    TrainOptions options = TinyRun.options(6).build();
    try (CausalLm model = CausalLm.create(TinyRun.llama(), 3)) {
      trainer(model, options, path, new Recorder()).build().run();
    }
    Path metrics = path.resolve("metrics.jsonl");
    String extra = Files.readString(metrics) + "{\"step\":7,\"loss\":1}\n{\"step\":8,\"lo";
    Files.writeString(metrics, extra);
    Path checkpoint = RunFolder.newest(path).orElseThrow();
    try (CausalLm model = CausalLm.loadTrainable(checkpoint)) {
      TrainOptions longer = options.toBuilder().steps(7).build();
      trainer(model, longer, path, new Recorder()).resumeFrom(checkpoint).build().run();
    }
    List<String> lines = Files.readAllLines(metrics);
    assertThat(lines).filteredOn(line -> line.startsWith("{\"step\":7,\"loss\"")).hasSize(1);
    assertThat(lines).noneMatch(line -> line.startsWith("{\"step\":8"));
  }
}
