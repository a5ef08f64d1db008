package dev.rapt.train.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.SafetensorsWriter;
import dev.rapt.model.adapter.Adapter;
import dev.rapt.model.adapter.MergedModel;
import dev.rapt.text.TextClassifier;
import dev.rapt.train.TrainListener;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.TrainOptions.ScheduleKind;
import dev.rapt.train.Trainer;
import dev.rapt.train.example.ExampleException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fine-tuning of classifiers and decoders: learning, resuming, adapters, bad examples. */
class FineTuningTest {
  @TempDir private Path path;
  private Path base;

  @BeforeEach
  void writeModel() throws IOException {
    base = TaskModels.encoder(path.resolve("base"));
  }

  private Path table(String name, int from, int to) throws IOException {
    StringBuilder rows = new StringBuilder("text\tlabel\n");
    for (int i = from; i < to; i++) {
      boolean isGood = i % 2 == 0;
      rows.append(i % 3 == 0 ? "the film was " : "it is a very ")
          .append(isGood ? "good" : "bad")
          .append(i % 5 == 0 ? " book" : " film")
          .append('\t')
          .append(isGood ? "positive" : "negative")
          .append('\n');
    }
    return Files.writeString(path.resolve(name), rows);
  }

  private FineTuning classify() throws IOException {
    return FineTuning.of("classify", base)
        .train(table("train.tsv", 0, 64))
        .heldOut(table("val.tsv", 64, 96))
        .epochs(6)
        .batchSize(8)
        .options(FineTuningTest::quick);
  }

  private FineTuning adapter() throws IOException {
    return classify().lora(8).epochs(12).options(options -> quick(options).lr(2e-2));
  }

  private static TrainOptions.Builder quick(TrainOptions.Builder options) {
    return options.precision(PrecisionMode.F32).lr(3e-3).saveEveryMinutes(0);
  }

  @Test
  void classifierLearnsAndRuns() throws IOException {
    Path run = path.resolve("run");
    FineTuning.Result result = classify().run(run);
    assertThat(result.metrics().get("accuracy")).isEqualTo(1.0);
    assertThat(result.details()).anyMatch(line -> line.contains("confusion matrix"));
    try (TextClassifier model = TextClassifier.load(run)) {
      assertThat(model.classify("the book was good").best().label()).isEqualTo("positive");
      assertThat(model.classify("the book was bad").best().label()).isEqualTo("negative");
    }
  }

  @Test
  void accumulatedBatchesWeighClassesAsOneLargeBatchDoes() throws IOException {
    Path rare =
        Files.writeString(
            path.resolve("rare.tsv"),
            "text\tlabel\ngood film\ta\nbad book\tb\n" + "it was red\tb\n".repeat(6));
    List<FineTuning.Result> results = new ArrayList<>();
    for (int size : List.of(8, 2)) {
      results.add(
          FineTuning.of("classify", base)
              .train(rare)
              .heldOut(rare)
              .set("class-weights", "balanced")
              .epochs(1)
              .batchSize(size)
              .options(options -> quick(options).accumulation(8 / size))
              .run(path.resolve("batches-of-" + size)));
    }
    double large = results.getFirst().training().loss();
    assertThat(results.getLast().training().steps()).isEqualTo(1);
    assertThat(results.getLast().training().loss()).isCloseTo(large, within(1e-6));
    assertThat(results.getLast().training().heldOutLoss())
        .isCloseTo(results.getFirst().training().heldOutLoss(), within(1e-5));
  }

  @Test
  void resumedRunEqualsUninterruptedOne() throws IOException {
    classify().run(path.resolve("whole"));
    Path halves = path.resolve("halves");
    AtomicReference<Trainer<?>> trainer = new AtomicReference<>();
    classify()
        .onStart(trainer::set)
        .listener(
            new TrainListener() {
              @Override
              public void onStep(StepMetrics step) {
                if (step.step() == 13) {
                  trainer.get().requestStop();
                }
              }
            })
        .run(halves);
    FineTuning.Result resumed = FineTuning.resuming(halves).run(halves);
    assertThat(resumed.training().steps()).isEqualTo(48);
    assertThat(
            Files.mismatch(
                halves.resolve("model.safetensors"),
                path.resolve("whole").resolve("model.safetensors")))
        .isEqualTo(-1);
  }

  @Test
  void aRunWithAConstantRateIsLengthened() throws IOException {
    UnaryOperator<TrainOptions.Builder> constant =
        options -> quick(options).schedule(ScheduleKind.CONSTANT).warmupSteps(0);
    Path whole = path.resolve("whole");
    classify().epochs(2).options(constant).run(whole);
    Path run = path.resolve("run");
    classify().epochs(1).options(constant).run(run);
    FineTuning.Result longer = FineTuning.resuming(run).epochs(2).run(run);
    assertThat(longer.training().steps()).isEqualTo(TuningFile.read(whole).options().steps());
    assertThat(Files.mismatch(run.resolve("model.safetensors"), whole.resolve("model.safetensors")))
        .isEqualTo(-1);
    assertThatThrownBy(() -> FineTuning.resuming(run).epochs(1).run(run))
        .hasMessageContaining("steps: must be more than the");
  }

  @Test
  void aRunWhoseRateHasFallenIsNotLengthened() throws IOException {
    Path run = path.resolve("run");
    classify().epochs(1).run(run);
    assertThatThrownBy(() -> FineTuning.resuming(run).epochs(2).run(run))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "schedule: must be constant or inverse_sqrt to lengthen a run, got linear",
            "--model " + run + " --out NEW");
  }

  @Test
  void bestCheckpointIsPublishedAndPatienceEndsTheRun() throws IOException {
    Path run = path.resolve("run");
    List<Long> bests = new ArrayList<>();
    FineTuning.Result result =
        classify()
            .epochs(40)
            .options(options -> quick(options).patience(3))
            .listener(
                new TrainListener() {
                  @Override
                  public void onEvaluation(Evaluation evaluation) {
                    if (evaluation.best()) {
                      bests.add(evaluation.step());
                    }
                  }
                })
            .run(run);
    assertThat(result.best()).isNotNull();
    assertThat(result.best().step()).isEqualTo(bests.getLast());
    if (result.training().endedEarly()) {
      assertThat(result.training().steps()).isEqualTo(bests.getLast() + 3 * 8);
    }
    Path best = run.resolve("checkpoints").resolve("step-%08d".formatted(bests.getLast()));
    assertThat(Files.mismatch(run.resolve("model.safetensors"), best.resolve("model.safetensors")))
        .isEqualTo(-1);
  }

  @Test
  void adapterLearnsResumesAndMerges() throws IOException {
    Path run = path.resolve("run");
    FineTuning.Result result = adapter().run(run);
    assertThat(result.metrics().get("accuracy")).isGreaterThan(0.9);
    assertThat(run.resolve(Adapter.WEIGHTS_FILE)).exists();
    assertThat(run.resolve("model.safetensors")).doesNotExist();
    try (TextClassifier model = TextClassifier.load(run.resolve("merged"))) {
      assertThat(model.classify("the book was good").best().label()).isEqualTo("positive");
    }
    Path halves = path.resolve("halves");
    AtomicReference<Trainer<?>> trainer = new AtomicReference<>();
    adapter()
        .onStart(trainer::set)
        .listener(
            new TrainListener() {
              @Override
              public void onStep(StepMetrics step) {
                if (step.step() == 20) {
                  trainer.get().requestStop();
                }
              }
            })
        .run(halves);
    FineTuning.resuming(halves).run(halves);
    assertThat(
            Files.mismatch(halves.resolve(Adapter.WEIGHTS_FILE), run.resolve(Adapter.WEIGHTS_FILE)))
        .isEqualTo(-1);
  }

  @Test
  void adapterOfAClassifierMergesIntoABaseWithoutItsHead() throws IOException {
    Path run = path.resolve("run");
    adapter().run(run);
    Path out = path.resolve("out");
    MergedModel.write(base, run, out, (_, _) -> {});
    assertThat(out.resolve("tokenizer.json"))
        .hasSameBinaryContentAs(base.resolve("tokenizer.json"));
    try (TextClassifier merged = TextClassifier.load(out);
        TextClassifier expected = TextClassifier.load(run.resolve("merged"))) {
      assertThat(merged.classify("the book was good").labels())
          .extracting(TextClassifier.Label::score)
          .isEqualTo(
              expected.classify("the book was good").labels().stream()
                  .map(TextClassifier.Label::score)
                  .toList());
      assertThat(merged.classify("the book was good").best().label()).isEqualTo("LABEL_1");
    }
  }

  @Test
  void adapterWithoutAHeadIsRefusedForABaseWithoutOne() throws IOException {
    Path run = path.resolve("run");
    adapter().epochs(1).run(run);
    Path weights = run.resolve(Adapter.WEIGHTS_FILE);
    try (Checkpoint file = Checkpoint.open(weights)) {
      SafetensorsWriter.write(
          path.resolve("low-rank.safetensors"),
          file.names().stream().filter(name -> name.contains(".lora_")).map(file::entry).toList());
    }
    Files.move(path.resolve("low-rank.safetensors"), weights, StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> MergedModel.write(base, run, path.resolve("out"), (_, _) -> {}))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("must hold the last layer of a classifier, since the base model has");
    assertThat(path.resolve("out")).doesNotExist();
  }

  @Test
  void unknownLabelNamesFileAndLine() throws IOException {
    Path other = Files.writeString(path.resolve("other.tsv"), "text\tlabel\nit is red\tblue\n");
    FineTuning tuning =
        FineTuning.of("classify", base).train(table("train.tsv", 0, 8)).heldOut(other);
    assertThatThrownBy(() -> tuning.run(path.resolve("run")))
        .isInstanceOf(ExampleException.class)
        .hasMessageContaining("other.tsv")
        .hasMessageContaining("line 2")
        .hasMessageContaining("blue");
    assertThat(path.resolve("run")).doesNotExist();
  }

  @Test
  void assistantAnswersAreLearned() throws IOException {
    Path decoder = TaskModels.decoder(path.resolve("decoder"));
    Path template =
        Files.writeString(
            path.resolve("template.jinja"),
            "{% for m in messages %}{{ m.role + ' ' + m.content + '<|endoftext|>' }}{% endfor %}"
                + "{% if add_generation_prompt %}{{ 'assistant ' }}{% endif %}");
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      rows.append(
              i % 2 == 0
                  ? "{\"prompt\": \"say hi\", \"completion\": \"hi\"}"
                  : "{\"conversations\": [{\"from\": \"human\", \"value\": \"is it red\"},"
                      + " {\"from\": \"gpt\", \"value\": \"yes\"}]}")
          .append('\n');
    }
    Path examples = Files.writeString(path.resolve("chat.jsonl"), rows);
    FineTuning.Result result =
        FineTuning.of("instruct", decoder)
            .train(examples)
            .heldOut(examples)
            .set("chat-template", template.toString())
            .epochs(30)
            .batchSize(2)
            .options(options -> quick(options).lr(1e-2))
            .run(path.resolve("run"));
    assertThat(result.metrics().get("perplexity")).isLessThan(1.2);
    assertThat(path.resolve("run").resolve("chat_template.jinja")).hasSameBinaryContentAs(template);
    Files.writeString(template, "{# changed #}" + Files.readString(template));
    assertThatThrownBy(() -> FineTuning.resuming(path.resolve("run")).run(path.resolve("run")))
        .hasMessageContainingAll(
            template.toString(), "must be the file with which the run began", "restore it");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% if add_generation_prompt %}{{ 'assistant ' }}{% endif %}",
        "{# marked #}",
      })
  void answersOfWeightZeroAreNotLearned(String ending) throws IOException {
    Path decoder = TaskModels.decoder(path.resolve("decoder"));
    boolean marks = ending.contains("marked");
    String answer =
        marks ? "{% generation %}{{ m.content }}{% endgeneration %}" : "{{ m.content }}";
    Path template =
        Files.writeString(
            path.resolve("template.jinja"),
            "{% for m in messages %}{{ m.role + ' ' }}{% if m.role == 'assistant' %}"
                + answer
                + "{% else %}{{ m.content }}{% endif %}{{ ' ' }}{% endfor %}"
                + ending);
    long both = targets(decoder, template, "");
    long second = targets(decoder, template, ", \"weight\": 0");
    long first = targets(decoder, template, ", \"weight\": 1");
    assertThat(first).isEqualTo(both);
    assertThat(second).isPositive().isLessThan(both);
  }

  private long targets(Path decoder, Path template, String weight) throws IOException {
    String line =
        "{\"messages\": [{\"role\": \"user\", \"content\": \"is it red\"}, {\"role\": \"assistant\", \"content\": \"no it is good\"%s}, {\"role\": \"user\", \"content\": \"good\"}, {\"role\": \"assistant\", \"content\": \"yes\"}]}\n"
            .formatted(weight);
    Path examples = Files.writeString(path.resolve("weights.jsonl"), line.repeat(3));
    List<Long> targets = new ArrayList<>();
    FineTuning.of("instruct", decoder)
        .train(examples)
        .heldOut(examples)
        .set("chat-template", template.toString())
        .epochs(1)
        .options(FineTuningTest::quick)
        .onOpen(run -> targets.add(run.evaluator().measure().targets()))
        .run(Files.createTempDirectory(path, "run"));
    return targets.getFirst();
  }

  @Test
  void everyClassKeepsExamplesToTrainOnWithoutAHeldOutFile() throws IOException {
    Path few =
        Files.writeString(
            path.resolve("few.tsv"),
            "text\tlabel\nthe film was good\ta\nit is a book\ta\nit is bad\tb\n");
    for (long seed = 1; seed <= 6; seed++) {
      Path run = path.resolve("few" + seed);
      FineTuning.of("classify", base)
          .train(few)
          .seed(seed)
          .epochs(1)
          .options(FineTuningTest::quick)
          .run(run);
      try (TextClassifier classifier = TextClassifier.load(run)) {
        assertThat(classifier.classify("good").labels()).hasSize(2);
      }
    }
  }

  @Test
  void anotherShareOfAClassIsNotHeldOut() throws IOException {
    StringBuilder rows = new StringBuilder("text\tlabel\n");
    for (int i = 0; i < 100; i++) {
      rows.append("the film was good\t").append(i < 80 ? "a" : "b").append('\n');
    }
    List<String> summary = new ArrayList<>();
    FineTuning.of("classify", base)
        .train(Files.writeString(path.resolve("skewed.tsv"), rows))
        .heldOutShare(0.2)
        .epochs(1)
        .options(FineTuningTest::quick)
        .onOpen(run -> {
          run.evaluator().measure();
          summary.addAll(run.details());
        })
        .run(path.resolve("skewed"));
    assertThat(String.join("\n", summary)).containsPattern("a .* 16\n").containsPattern("b .* 4\n");
  }

  @Test
  void filesAreFoundAgainWhereverTheRunIsResumed() throws IOException {
    Path run = path.resolve("run");
    Path here = Path.of("").toAbsolutePath();
    Path train = here.relativize(table("train.tsv", 0, 16).toAbsolutePath());
    assertThat(train).isRelative();
    FineTuning.of("classify", base).train(train).epochs(1).options(FineTuningTest::quick).run(run);
    assertThat(Path.of(TuningFile.read(run).spec().train().getFirst())).isAbsolute().exists();
  }
}
