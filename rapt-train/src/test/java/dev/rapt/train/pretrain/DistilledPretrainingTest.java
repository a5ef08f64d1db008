package dev.rapt.train.pretrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.train.TrainListener;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.TrainResult;
import dev.rapt.train.Trainer;
import dev.rapt.train.pretrain.objective.PretrainSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Students learn from a teacher of the same kind while they are pretrained. */
class DistilledPretrainingTest {
  @TempDir private Path path;

  private Path text() throws IOException {
    return Files.writeString(
        path.resolve("text.txt"), "Anna has a red ball. Ben likes an old book.\n\n".repeat(200));
  }

  private TextPretraining pretraining(String objective, int width) throws IOException {
    return TextPretraining.of(objective)
        .text(text())
        .documents("blank-lines")
        .size(new PretrainSpec.Size(1, width, 2, 2 * width, 0.0))
        .context(24)
        .batchSize(8)
        .options(options ->
            options.precision(PrecisionMode.F32).lr(3e-3).evalEverySteps(0).saveEveryMinutes(0));
  }

  private Path teacher(String objective) throws IOException {
    Path folder = path.resolve("teacher");
    pretraining(objective, 32).vocabSize(300).steps(30).run(folder);
    return folder;
  }

  private TextPretraining student(String objective, Path teacher) throws IOException {
    return pretraining(objective, 16).set("teacher", teacher.toString()).set("alpha", "0");
  }

  private static TrainListener losses(List<Double> losses) {
    return new TrainListener() {
      @Override
      public void onStep(StepMetrics step) {
        losses.add(step.loss());
      }
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"causal", "masked"})
  void aStudentWithTheTokensOfItsTeacherComesCloserToIt(String objective) throws IOException {
    Path teacher = teacher(objective);
    Path run = path.resolve("run");
    List<Double> losses = new ArrayList<>();
    TrainResult result = student(objective, teacher).steps(60).listener(losses(losses)).run(run);
    assertThat(losses.getLast()).isLessThan(losses.getFirst() / 2);
    assertThat(run.resolve("tokenizer.json"))
        .hasSameBinaryContentAs(teacher.resolve("tokenizer.json"));
    // what is measured is the loss of the text, of which the last batch shows nothing
    assertThat(result.heldOutLoss()).isNotCloseTo(losses.getLast(), within(0.3));
  }

  @ParameterizedTest
  @ValueSource(strings = {"causal", "masked"})
  void resumedDistillationEqualsUninterruptedOne(String objective) throws IOException {
    Path teacher = teacher(objective);
    student(objective, teacher).steps(8).run(path.resolve("whole"));
    Path halves = path.resolve("halves");
    AtomicReference<Trainer<?>> trainer = new AtomicReference<>();
    student(objective, teacher)
        .steps(8)
        .onStart(trainer::set)
        .listener(
            new TrainListener() {
              @Override
              public void onStep(StepMetrics step) {
                if (step.step() == 3) {
                  trainer.get().requestStop();
                }
              }
            })
        .run(halves);
    TextPretraining.resuming(halves).run(halves);
    assertThat(halves.resolve("model.safetensors"))
        .hasSameBinaryContentAs(path.resolve("whole").resolve("model.safetensors"));
  }

  @Test
  void aTeacherThatDoesNotFitIsRefused() throws IOException {
    Path teacher = teacher("causal");
    Path run = path.resolve("run");
    Path other = path.resolve("other");
    pretraining("causal", 16).vocabSize(265).steps(1).run(other);
    assertThatThrownBy(() -> student("causal", teacher).tokenizer(other).steps(1).run(run))
        .hasMessageContaining("teacher: the teacher must have the tokens of the model, but token ");
    assertThatThrownBy(() -> student("masked", teacher).steps(1).run(run))
        .hasMessageContaining("got");
    assertThatThrownBy(() ->
            student("causal", teacher).preset("small").set("predict-tokens", "2").steps(1).run(run))
        .hasMessageContaining("predict-tokens: must be 1 with a teacher");
    assertThatThrownBy(() -> pretraining("causal", 16).set("alpha", "1").steps(1).run(run))
        .hasMessageContaining("alpha: must come with a teacher, got none");
    assertThatThrownBy(() -> student("span", teacher))
        .hasMessageContaining("teacher: is no setting of the objective span");
    assertThat(run).doesNotExist();
  }
}
