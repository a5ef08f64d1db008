package dev.rapt.train.pretrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.model.MaskedLm;
import dev.rapt.model.Pretraining;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.train.TrainListener;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.TrainOptions.ScheduleKind;
import dev.rapt.train.TrainResult;
import dev.rapt.train.Trainer;
import dev.rapt.train.pretrain.objective.PretrainSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Each objective learns a small text, writes a folder that loads, and is resumed exactly. */
class TextPretrainingTest {
  private static final PretrainSpec.Size TINY = new PretrainSpec.Size(2, 32, 2, 64, 0.0);

  @TempDir private Path path;

  private Path text() throws IOException {
    StringBuilder text = new StringBuilder();
    String[] names = {"Anna", "Ben", "Clara", "David"};
    String[] things = {"a red ball", "a blue hat", "an old book"};
    for (int i = 0; i < 400; i++) {
      text.append(names[i % 4]).append(" has ").append(things[i % 3]).append(". ");
      text.append(names[i % 4]).append(" likes it.\n\n");
    }
    return Files.writeString(path.resolve("text.txt"), text);
  }

  private TextPretraining pretraining(String objective) throws IOException {
    return TextPretraining.of(objective)
        .text(text())
        .documents("blank-lines")
        .size(TINY)
        .context(24)
        .batchSize(8)
        .vocabSize(400)
        .options(options ->
            options.precision(PrecisionMode.F32).lr(3e-3).evalEverySteps(0).saveEveryMinutes(0));
  }

  private static List<Double> losses(TextPretraining pretraining, Path folder) throws IOException {
    List<Double> losses = new ArrayList<>();
    pretraining
        .listener(
            new TrainListener() {
              @Override
              public void onStep(StepMetrics step) {
                losses.add(step.loss());
              }
            })
        .run(folder);
    return losses;
  }

  private static double mean(List<Double> losses) {
    return losses.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({"causal", "masked", "replaced", "span", "prefix", "denoise"})
  void lossFallsOnSmallText(String objective) throws IOException {
    List<Double> losses = losses(pretraining(objective).steps(60), path.resolve("run"));
    assertThat(mean(losses.subList(50, 60))).isLessThan(0.8 * mean(losses.subList(0, 5)));
  }

  @ParameterizedTest
  @CsvSource({"causal", "masked", "replaced", "denoise"})
  void resumedRunEqualsUninterruptedOne(String objective) throws IOException {
    List<Double> whole = losses(pretraining(objective).steps(12), path.resolve("whole"));
    Path halves = path.resolve("halves");
    AtomicReference<Trainer<?>> trainer = new AtomicReference<>();
    List<Double> parts = new ArrayList<>();
    TrainListener stop =
        new TrainListener() {
          @Override
          public void onStep(StepMetrics step) {
            if (step.step() == 5) {
              trainer.get().requestStop();
            }
          }
        };
    parts.addAll(
        losses(pretraining(objective).steps(12).listener(stop).onStart(trainer::set), halves));
    assertThat(parts).hasSize(5);
    parts.addAll(losses(TextPretraining.resuming(halves), halves));
    assertThat(parts).isEqualTo(whole);
    assertThat(
            Files.mismatch(
                halves.resolve("model.safetensors"),
                path.resolve("whole").resolve("model.safetensors")))
        .isEqualTo(-1);
  }

  @Test
  void aRunWithAConstantRateIsLengthened() throws IOException {
    UnaryOperator<TrainOptions.Builder> constant =
        options ->
            options.schedule(ScheduleKind.CONSTANT).warmupSteps(0).precision(PrecisionMode.F32);
    List<Double> whole =
        losses(pretraining("masked").options(constant).steps(6), path.resolve("whole"));
    Path run = path.resolve("run");
    List<Double> parts = losses(pretraining("masked").options(constant).steps(4), run);
    parts.addAll(losses(TextPretraining.resuming(run).steps(6), run));
    assertThat(parts).isEqualTo(whole);
    pretraining("masked").steps(2).run(path.resolve("cosine"));
    assertThatThrownBy(() ->
            TextPretraining.resuming(path.resolve("cosine")).steps(4).run(path.resolve("cosine")))
        .hasMessageContainingAll("got cosine", "begin a new run of that length");
  }

  @Test
  void aContextThatCannotFitIsRefusedBeforeTheTextIsRead() throws IOException {
    Path run = path.resolve("run");
    for (String objective : List.of("causal", "masked", "denoise")) {
      TextPretraining huge = pretraining(objective).context(1 << 24);
      assertThatThrownBy(() -> huge.run(run))
          .hasMessageContainingAll(
              "batch size and context: must fit into memory, got 8 sequences of 16777216 tokens",
              "and the machine has");
      assertThat(run).doesNotExist();
    }
  }

  @ParameterizedTest
  @CsvSource({"causal, tiny", "denoise, bart-mini", "masked, bert-tiny"})
  void onlyPositionsThatAreTrainedExist(String objective, String preset) throws IOException {
    Path run = path.resolve("run");
    pretraining(objective).preset(preset).steps(1).run(run);
    JsonNode config = JsonMapper.shared().readTree(run.resolve("config.json"));
    String key = objective.equals("causal") ? "n_positions" : "max_position_embeddings";
    assertThat(config.get(key).asInt()).isEqualTo(24);
  }

  @Test
  void encoderFolderLoads() throws IOException {
    Path run = path.resolve("run");
    TrainResult result = pretraining("masked").steps(2).run(run);
    assertThat(result.heldOutLoss()).isNotNull().isGreaterThan(0);
    try (MaskedLm model = MaskedLm.load(run)) {
      assertThat(model.config().modelType()).isEqualTo("bert");
      assertThat(model.config().hiddenSize()).isEqualTo(32);
    }
  }

  @Test
  void encoderDecoderFolderLoads() throws IOException {
    Path run = path.resolve("run");
    pretraining("span").steps(2).run(run);
    try (Seq2SeqLm model = Seq2SeqLm.load(run)) {
      assertThat(model.config().modelType()).isEqualTo("t5");
    }
  }

  @ParameterizedTest
  @CsvSource({"next", "order"})
  void pairsOfSentencesAreLearned(String kind) throws IOException {
    Path run = path.resolve("run");
    List<Double> losses = losses(pretraining("masked").set("pairs", kind).steps(40), run);
    assertThat(mean(losses.subList(35, 40))).isLessThan(mean(losses.subList(0, 5)));
    try (Pretraining model = Pretraining.load(run, run.resolve("config.json"), false)) {
      assertThat(model.config().hiddenSize()).isEqualTo(32);
    }
  }

  @Test
  void documentsAreSeparated() throws IOException {
    List<Double> apart =
        losses(pretraining("masked").separateDocuments().steps(3), path.resolve("apart"));
    List<Double> together = losses(pretraining("masked").steps(3), path.resolve("together"));
    assertThat(apart).doesNotContainAnyElementsOf(together);
  }

  @Test
  void translationIsLearnedFromPairs() throws IOException {
    StringBuilder sources = new StringBuilder();
    StringBuilder targets = new StringBuilder();
    String[] words = {"eins", "zwei", "drei", "vier", "acht"};
    String[] others = {"one", "two", "three", "four", "eight"};
    for (int i = 0; i < 200; i++) {
      sources.append(words[i % 5]).append(' ').append(words[i / 5 % 5]).append('\n');
      targets.append(others[i % 5]).append(' ').append(others[i / 5 % 5]).append('\n');
    }
    Path source = Files.writeString(path.resolve("a.de"), sources);
    Path target = Files.writeString(path.resolve("a.en"), targets);
    List<Double> bleu = new ArrayList<>();
    List<Double> losses =
        losses(
            TextPretraining.of("translate")
                .listener(
                    new TrainListener() {
                      @Override
                      public void onEvaluation(Evaluation evaluation) {
                        bleu.add(evaluation.metrics().getOrDefault("bleu", -1.0));
                      }
                    })
                .set("eval-samples", "5")
                .text(source)
                .text(target)
                .size(TINY)
                .batchSize(16)
                .context(16)
                .vocabSize(300)
                .steps(150)
                .set("label-smoothing", "0")
                .options(options -> options.precision(PrecisionMode.F32).lr(3e-3).warmupSteps(20)),
            path.resolve("run"));
    assertThat(mean(losses.subList(140, 150))).isLessThan(0.3 * mean(losses.subList(0, 5)));
    assertThat(bleu).hasSize(10).allMatch(score -> score >= 0 && score <= 100);
  }

  @Test
  void settingsOfOtherObjectivesAreRefused() throws IOException {
    TextPretraining masked = pretraining("masked");
    assertThatThrownBy(() -> masked.set("mean-span", "3"))
        .hasMessageContaining("mean-span")
        .hasMessageContaining("masked");
    assertThatThrownBy(() -> masked.preset("t5-tiny")).hasMessageContaining("bert-tiny");
  }

  @Test
  void changedTextIsNotResumed() throws IOException {
    Path run = path.resolve("run");
    pretraining("masked").steps(2).run(run);
    Files.writeString(path.resolve("text.txt"), "another text");
    TextPretraining resumed = TextPretraining.resuming(run);
    assertThatThrownBy(() -> resumed.run(run)).hasMessageContaining("text.txt");
  }
}
