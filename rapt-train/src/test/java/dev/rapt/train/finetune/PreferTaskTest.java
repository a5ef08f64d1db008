package dev.rapt.train.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.eval.labelled.LabelledEvaluations;
import dev.rapt.eval.labelled.LabelledFile;
import dev.rapt.eval.task.TaskResult;
import dev.rapt.model.adapter.Adapter;
import dev.rapt.text.Reranker;
import dev.rapt.text.RewardModel;
import dev.rapt.text.TextClassifier;
import dev.rapt.train.TrainListener;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.Trainer;
import dev.rapt.train.TrainingException;
import dev.rapt.train.example.ExampleException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Preference tuning and reward models: learning, resuming, adapters, bounds, bad examples. */
class PreferTaskTest {
  private static final String TEMPLATE =
      "{% for m in messages %}{{ m.role + ' ' + m.content + '<|endoftext|>' }}{% endfor %}"
          + "{% if add_generation_prompt %}{{ 'assistant ' }}{% endif %}";

  @TempDir private Path path;
  private Path base;

  @BeforeEach
  void writeModel() throws IOException {
    base = TaskModels.decoder(path.resolve("base"));
  }

  /** Questions whose short answers are preferred. */
  private Path pairs() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (String thing : List.of("film", "book", "one", "two", "three", "red", "blue", "it")) {
      for (String how : List.of("good", "bad", "fine", "poor")) {
        lines.append(
            "{\"prompt\": \"is %s %s\", \"chosen\": \" yes\", \"rejected\": \" no not %s\"}\n"
                .formatted(thing, how, how));
      }
    }
    return Files.writeString(path.resolve("pairs.jsonl"), lines);
  }

  private FineTuning prefer(String loss) throws IOException {
    return FineTuning.of("prefer", base)
        .train(pairs())
        .set("loss", loss)
        .epochs(4)
        .batchSize(4)
        .options(PreferTaskTest::quick);
  }

  private static TrainOptions.Builder quick(TrainOptions.Builder options) {
    return options.precision(PrecisionMode.F32).lr(3e-3).saveEveryMinutes(0);
  }

  private static FineTuning stoppingAt(FineTuning tuning, long step) {
    AtomicReference<Trainer<?>> trainer = new AtomicReference<>();
    return tuning
        .onStart(trainer::set)
        .listener(
            new TrainListener() {
              @Override
              public void onStep(StepMetrics metrics) {
                if (metrics.step() == step) {
                  trainer.get().requestStop();
                }
              }
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"dpo", "robust", "ipo", "kto", "orpo", "simpo"})
  void chosenAnswersBecomeLikelier(String loss) throws IOException {
    Map<String, Double> metrics = prefer(loss).run(path.resolve("run")).metrics();
    if (!loss.equals("kto")) {
      assertThat(metrics.get("accuracy")).isEqualTo(1.0);
    }
    assertThat(metrics.get("margin")).isPositive();
    assertThat(metrics.get("reward_chosen")).isGreaterThan(metrics.get("reward_rejected"));
    assertThat(metrics.get("kl")).isPositive();
    assertThat(metrics.get("perplexity")).isLessThan(metrics.get("perplexity_before"));
  }

  @Test
  void resumedRunEqualsUninterruptedOneAndKeepsItsReference() throws IOException {
    prefer("dpo").run(path.resolve("whole"));
    Path halves = path.resolve("halves");
    stoppingAt(prefer("dpo"), 5).run(halves);
    byte[] reference = Files.readAllBytes(halves.resolve("reference.json"));
    FineTuning.resuming(halves).run(halves);
    assertThat(halves.resolve("reference.json")).hasBinaryContent(reference);
    assertThat(
            Files.mismatch(
                halves.resolve("model.safetensors"),
                path.resolve("whole").resolve("model.safetensors")))
        .isEqualTo(-1);
  }

  @Test
  void anotherReferenceIsRefusedOnResume() throws IOException {
    Path run = path.resolve("run");
    stoppingAt(prefer("dpo"), 5).run(run);
    Path weights = base.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    Files.write(weights, bytes);
    assertThatThrownBy(() -> FineTuning.resuming(run).run(run))
        .hasMessageContaining("model.safetensors: must be the file with which the run began");
  }

  @Test
  void anAdapterLearnsAgainstItsBase() throws IOException {
    Path run = path.resolve("run");
    Map<String, Double> metrics =
        prefer("dpo").lora(4).options(options -> quick(options).lr(2e-2)).run(run).metrics();
    assertThat(metrics.get("accuracy")).isEqualTo(1.0);
    assertThat(metrics.get("kl")).isPositive();
    assertThat(run.resolve(Adapter.WEIGHTS_FILE)).exists();
  }

  @Test
  void aRunBeyondItsBoundEndsAndKeepsItsCheckpoint() throws IOException {
    Path run = path.resolve("run");
    FineTuning tuning = prefer("dpo").set("max-kl", "0.05");
    FineTuning bounded = tuning.options(options -> quick(options).saveEverySteps(1));
    assertThatThrownBy(() -> bounded.run(run))
        .isInstanceOf(TrainingException.class)
        .hasMessageMatching(
            "step \\d+: kl must be at most 0.05, got .*; the training diverged, the last good"
                + " checkpoint is .*step-\\d+.*");
    assertThat(run.resolve("model.safetensors")).exists();
  }

  @Test
  void messagesGoThroughTheTemplateWithTheSharedBeginningAsPrompt() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (String thing : List.of("film", "book", "one", "two", "three", "red", "blue", "it")) {
      String ask = "{\"role\": \"user\", \"content\": \"is it %s\"}".formatted(thing);
      lines.append(
          "{\"chosen\": [%s, {\"role\": \"assistant\", \"content\": \"yes\"}], \"rejected\": [%s, {\"role\": \"assistant\", \"content\": \"no\"}]}\n"
              .formatted(ask, ask));
    }
    Path examples = Files.writeString(path.resolve("chat.jsonl"), lines);
    Path template = Files.writeString(path.resolve("t.jinja"), TEMPLATE);
    Path run = path.resolve("run");
    Map<String, Double> metrics =
        FineTuning.of("prefer", base)
            .train(examples)
            .set("chat-template", template.toString())
            .epochs(8)
            .batchSize(4)
            .options(PreferTaskTest::quick)
            .run(run)
            .metrics();
    assertThat(metrics.get("accuracy")).isEqualTo(1.0);
    assertThat(run.resolve("chat_template.jinja")).hasContent(TEMPLATE);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRewardModelScoresChosenAnswersHigher(boolean isEncoder) throws IOException {
    Path model = isEncoder ? TaskModels.encoder(path.resolve("encoder")) : base;
    Path run = path.resolve("run");
    FineTuning.Result result =
        FineTuning.of("reward", model)
            .train(pairs())
            .epochs(6)
            .batchSize(4)
            .options(PreferTaskTest::quick)
            .run(run);
    assertThat(result.metrics().get("accuracy")).isEqualTo(1.0);
    List<String> answers = List.of(" no not good", " yes");
    try (Reranker reranker = Reranker.load(run);
        RewardModel reward = RewardModel.load(run)) {
      double[] scores = reward.score("is book good", answers);
      List<Reranker.Ranked> ranked = reranker.rank("is book good", answers);
      assertThat(ranked.getFirst().index()).isEqualTo(1);
      assertThat((double) ranked.getFirst().score())
          .isCloseTo(1 / (1 + Math.exp(-scores[1])), within(1e-5));
    }
    LabelledFile file = new LabelledFile(List.of(pairs()), Map.of());
    TaskResult measured = LabelledEvaluations.of(run, file).run(run, file, _ -> {});
    assertThat(measured.figures().getFirst().metric()).isEqualTo("accuracy");
    assertThat(measured.figures().getFirst().value()).isEqualTo(1.0);
    assertThat(measured.figures().getLast().value()).isPositive();
    if (!isEncoder) {
      try (TextClassifier scorer = TextClassifier.load(run)) {
        assertThat(scorer.classify("is book good yes").best().score())
            .isGreaterThan(scorer.classify("is book good no not good").best().score());
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dpo | {'prompt': 'is it', 'chosen': ' yes', 'rejected': ' yes'} | chosen and rejected must differ within 64 tokens, got the same",
        "dpo | {'prompt': 'is it', 'chosen': ' yes', 'rejected': ' yes'} NEXT {'prompt': 'is', 'chosen': ' no', 'rejected': ' no'} | tokens in both, and equal answers in 1 more lines: 3; leave the pairs out",
        "dpo | {'prompt': 'is it', 'chosen': ' yes'} | must have a value in \"rejected\"",
        "dpo | {'prompt': 'is it', 'chosen': '', 'rejected': ' no'} | the answer must not be empty, got \"is it\"",
        "dpo | {'prompt': 'is it', 'chosen': [{'role': 'assistant', 'content': 'yes'}], 'rejected': ' no'} | messages must go through a chat template, but the model has none",
        "dpo | {'prompt': 'is it', 'chosen': ' yes', 'rejected': ['no']} | messages: rejected[0]: must be an object, got \"no\"",
        "kto | {'prompt': 'is it', 'completion': ' yes', 'label': 'maybe'} | \"label\" must be true or false, got \"maybe\"",
        "kto | {'prompt': 'is it', 'completion': ' yes'} | must have a value in \"label\"",
        "dpo | {'prompt': 'LONG', 'chosen': ' yes', 'rejected': ' no'} | the prompt must leave room for the answer: at most 63 tokens of at most 64, got",
      })
  void badExamplesAreNamedBeforeTraining(String loss, String line, String message)
      throws IOException {
    boolean areSingle = loss.equals("kto");
    String good =
        areSingle
            ? "{'prompt': 'is it', 'completion': ' yes', 'label': true}\n{'prompt': 'is it', 'completion': ' no', 'label': false}\n"
            : "{'prompt': 'is it', 'chosen': ' yes', 'rejected': ' no'}\n";
    String text =
        (good + line)
            .replace('\'', '"')
            .replace("LONG", "is it good ".repeat(40))
            .replace(" NEXT ", "\n");
    Path examples = Files.writeString(path.resolve("bad.jsonl"), text);
    FineTuning tuning =
        FineTuning.of("prefer", base)
            .train(examples)
            .heldOut(examples)
            .set("loss", loss)
            .batchSize(2)
            .maxTokens(64);
    assertThatThrownBy(() -> tuning.run(path.resolve("run")))
        .isInstanceOf(ExampleException.class)
        .hasMessageStartingWith("%s, line %d: ".formatted(examples, areSingle ? 3 : 2))
        .hasMessageContaining(message);
    assertThat(path.resolve("run")).doesNotExist();
  }

  @Test
  void oneSidedLabelsAndSettingsThatDoNotFitAreRefused() throws IOException {
    String line = "{\"prompt\": \"is it\", \"completion\": \" yes\", \"label\": true}\n";
    Path examples = Files.writeString(path.resolve("thumbs.jsonl"), line.repeat(4));
    FineTuning kto =
        FineTuning.of("prefer", base).train(examples).heldOut(examples).set("loss", "kto");
    assertThatThrownBy(() -> kto.run(path.resolve("run")))
        .hasMessage(
            examples + ", line 1: the training examples must have both labels, got only true");
    FineTuning dpo = FineTuning.of("prefer", base).train(examples).heldOut(examples);
    assertThatThrownBy(() -> dpo.run(path.resolve("run")))
        .hasMessageContaining("line 1: must have chosen and rejected answers for this loss");
    FineTuning gamma = prefer("dpo").set("gamma", "1");
    assertThatThrownBy(() -> gamma.run(path.resolve("run")))
        .hasMessage("--gamma: must come with --loss simpo, got dpo; leave it out");
    FineTuning single = prefer("kto").batchSize(1);
    assertThatThrownBy(() -> single.run(path.resolve("run")))
        .hasMessageStartingWith("--batch: must be at least 2 for the loss kto");
    FineTuning fresh = prefer("dpo").fromScratch();
    assertThatThrownBy(() -> fresh.run(path.resolve("run")))
        .hasMessageStartingWith("--from-scratch: must not come with the task prefer");
  }
}
