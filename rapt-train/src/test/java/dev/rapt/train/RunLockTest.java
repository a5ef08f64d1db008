package dev.rapt.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.model.CausalLm;
import dev.rapt.train.TinyRun.Recorder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunLockTest {
  private static final String BUSY = "must be written by one training at a time";

  @TempDir private Path path;

  private static void acquireElsewhere(Path folder) {
    CompletableFuture.runAsync(() -> RunLock.acquire(folder).close()).join();
  }

  @Test
  void oneThreadAtATimeHoldsALockAndMayAcquireItAgain() {
    try (RunLock outer = RunLock.acquire(path)) {
      try (RunLock inner = RunLock.acquire(path.resolve("."))) {
        assertThat(inner).isSameAs(outer);
      }
      assertThatThrownBy(() -> acquireElsewhere(path))
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining(path + ": " + BUSY);
    }
    assertThatCode(() -> acquireElsewhere(path)).doesNotThrowAnyException();
  }

  @Test
  void aLockOfAnotherProcessEndsWithIt() throws IOException, InterruptedException {
    RunLock.acquire(path).close();
    Path program = path.resolve("Holder.java");
    Files.writeString(
        program,
        """
        import java.nio.channels.FileChannel;
        import java.nio.file.Path;
        import java.nio.file.StandardOpenOption;

        class Holder {
          public static void main(String[] args) throws Exception {
            FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE).lock();
            System.out.println("held");
            Thread.sleep(60_000);
          }
        }
        """);
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                program.toString(),
                path.resolve(".rapt.lock").toString())
            .redirectErrorStream(true)
            .start();
    try {
      assertThat(holder.inputReader().readLine()).isEqualTo("held");
      assertThatThrownBy(() -> RunLock.acquire(path)).hasMessageContaining(BUSY);
    } finally {
      holder.destroyForcibly();
    }
    assertThat(holder.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThatCode(() -> RunLock.acquire(path).close()).doesNotThrowAnyException();
  }

  @Test
  void aSecondTrainingIsRefusedAndTheFirstIsUnharmed() throws IOException {
    TrainOptions options = TinyRun.options(6).saveEverySteps(2).build();
    Path shared = path.resolve("shared");
    CompletableFuture<?>[] second = new CompletableFuture<?>[1];
    TrainListener intruder =
        new TrainListener() {
          @Override
          public void onStep(StepMetrics step) {
            if (step.step() == 3) {
              second[0] = CompletableFuture.runAsync(() -> train(shared, options, new Recorder()));
              assertThatThrownBy(second[0]::join).hasMessageContaining(BUSY);
            }
          }
        };
    train(shared, options, intruder);
    train(path.resolve("alone"), options, new Recorder());
    assertThat(Objects.requireNonNull(second[0])).isCompletedExceptionally();
    for (String file : List.of("model.safetensors", "config.json")) {
      assertThat(shared.resolve(file)).hasSameBinaryContentAs(path.resolve("alone").resolve(file));
    }
  }

  private static void train(Path folder, TrainOptions options, TrainListener listener) {
    try (CausalLm model = CausalLm.create(TinyRun.llama(), 1)) {
      Trainer.of(model, TinyRun.batches(), options)
          .folder(TinyRun.folder(folder))
          .listener(listener)
          .build()
          .run();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "model-00001-of-00002.safetensors",
        "model.safetensors.index.json",
        "pytorch_model.bin",
        "model.gguf",
        "tokenizer.json",
        "tokenizer_config.json",
        "tokenizer.model",
        "vocab.txt",
        "vocab.json",
        "merges.txt",
        "qwen.tiktoken",
        "metrics.jsonl"
      })
  void aFolderWithAnotherModelIsLeftAsItIs(String file) throws IOException {
    Path other = Files.writeString(path.resolve(file), "another model");
    Files.writeString(path.resolve("README.md"), "notes");
    assertThatThrownBy(() -> train(path, TinyRun.options(1).build(), new Recorder()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "%s: must not hold a model already, got one with %s; name another folder", path, file);
    assertThat(other).hasContent("another model");
    assertThat(path).isDirectoryNotContaining("glob:**.lock");
    try (var files = Files.list(path)) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void whatIsLeftOfARunWithoutCheckpointMayBeOverwritten() throws IOException {
    RunLock.acquire(path).close();
    Files.writeString(path.resolve("config.json"), "{}");
    Files.writeString(path.resolve("notes.txt"), "notes");
    train(path, TinyRun.options(1).build(), new Recorder());
    assertThat(RunFolder.newest(path)).isPresent();
    assertThat(path.resolve("notes.txt")).hasContent("notes");
  }

  @Test
  void weightsWithoutTheirCheckpointsAreKept() throws IOException {
    RunLock.acquire(path).close();
    Path weights = Files.writeString(path.resolve("model.safetensors"), "weights");
    assertThatThrownBy(() -> train(path, TinyRun.options(1).build(), new Recorder()))
        .hasMessageContaining("must not hold a model already, got one with model.safetensors");
    assertThat(weights).hasContent("weights");
  }
}
