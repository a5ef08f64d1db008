package dev.rapt.train.pretrain.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Tape;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.Encoder;
import dev.rapt.model.HeadedModel;
import dev.rapt.model.MaskedLm;
import dev.rapt.model.ReplacedTokenDetection;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSum;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.Measurement;
import dev.rapt.train.RunFolder;
import dev.rapt.train.TrainListener;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.Trainer;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.noise.Denoising;
import dev.rapt.train.objective.Forward;
import dev.rapt.train.objective.ReplacedTokenObjective.Targets;
import dev.rapt.train.pretrain.PretrainObjectives;
import dev.rapt.train.pretrain.TinyText;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.SpecialTokens;
import dev.rapt.train.shape.TrainFlops;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplacedTokenPretrainingTest {
  @TempDir Path path;
  private TinyText text;

  @BeforeEach
  void prepare() {
    text = TinyText.of(SpecialTokens.ENCODER, path);
  }

  private ReplacedTokenRun open(String preset, String sharing, Path checkpoint) throws IOException {
    PretrainSetup setup =
        text.setup("replaced", preset, false, checkpoint, Map.of("embedding-sharing", sharing));
    return (ReplacedTokenRun) PretrainObjectives.named("replaced").open(setup);
  }

  private static TrainOptions.Builder options(long steps) {
    return TrainOptions.builder(steps)
        .precision(PrecisionMode.F32)
        .lr(3e-3)
        .warmupSteps(2)
        .evalEverySteps(0)
        .saveEveryMinutes(0);
  }

  private static List<Double> train(
      ReplacedTokenRun run, TrainOptions options, Path folder, Path resumeFrom, long stopAt) {
    List<Double> losses = new ArrayList<>();
    AtomicReference<Trainer<?>> trainer = new AtomicReference<>();
    Trainer.Builder<TargetBatch<Targets>> builder =
        Trainer.of(run.trained(), run.objective(), run.batches(), options)
            .evaluator(run.evaluator(2))
            .folder(new RunFolder(folder, _ -> {}))
            .listener(
                new TrainListener() {
                  @Override
                  public void onStep(StepMetrics step) {
                    losses.add(step.loss());
                    if (step.step() == stopAt) {
                      trainer.get().requestStop();
                    }
                  }
                });
    if (resumeFrom != null) {
      builder.resumeFrom(resumeFrom);
    }
    trainer.set(builder.build());
    trainer.get().run();
    return losses;
  }

  @Test
  void flopsCountTheGeneratorToo() throws IOException {
    try (ReplacedTokenRun run =
        open("deberta-v3-small", "gdes", null)) { // a generator of one layer
      double ofModel =
          TrainFlops.perToken(
              run.model(), run.model().parameters().trained(), run.batches().seqLen());
      assertThat(run.flopsPerToken() / ofModel).isBetween(1.4, 1.8); // of two layers
    }
  }

  @ParameterizedTest
  @CsvSource({
    "electra-small, es, F32",
    "electra-small, es, BF16",
    "electra-small, nes, F32",
    "deberta-v3-small, gdes, F32",
    "deberta-v3-small, gdes, BF16"
  })
  void aResumedRunEqualsOneThatWasNeverStopped(
      String preset, String sharing, PrecisionMode precision) throws IOException {
    TrainOptions options =
        options(8).precision(precision).accumulation(2).emaDecay(0.9).evalEverySteps(2).build();
    Path whole = path.resolve("whole");
    Path halves = path.resolve("halves");
    List<Double> uninterrupted;
    try (ReplacedTokenRun run = open(preset, sharing, null)) {
      uninterrupted = train(run, options, whole, null, -1);
    }
    List<Double> losses;
    try (ReplacedTokenRun run = open(preset, sharing, null)) {
      losses = train(run, options, halves, null, 4);
    }
    Path checkpoint = RunFolder.newest(halves).orElseThrow();
    try (ReplacedTokenRun run = open(preset, sharing, checkpoint)) {
      losses.addAll(train(run, options, halves, checkpoint, -1));
    }
    assertThat(losses).isEqualTo(uninterrupted).hasSize(8);
    Path expected = RunFolder.newest(whole).orElseThrow();
    Path resumed = RunFolder.newest(halves).orElseThrow();
    List<String> files =
        new ArrayList<>(
            List.of(
                "model.safetensors",
                "generator/model.safetensors",
                "training/model.safetensors",
                "training/generator/model.safetensors",
                "training/optimizer.safetensors"));
    if (sharing.equals("gdes")) {
      files.add("generator/embedding_delta.safetensors");
    }
    for (String file : files) {
      assertThat(resumed.resolve(file)).hasSameBinaryContentAs(expected.resolve(file));
    }
  }

  @ParameterizedTest
  @CsvSource({"electra-small, es, ElectraForPreTraining", "deberta-v3-small, gdes, "})
  void bothModelsLearnAndAreFoldersOfTheirOwn(String preset, String sharing, String className)
      throws IOException {
    Path folder = path.resolve("run");
    Measurement before, after;
    float[] table;
    try (ReplacedTokenRun run = open(preset, sharing, null)) {
      before = run.evaluator(4).measure();
      train(run, options(80).build(), folder, null, -1);
      after = run.evaluator(4).measure();
      table = run.pair().discriminator().embeddings().getFirst().value().toFloats();
    }
    assertThat(after.loss()).isLessThan(before.loss());
    assertThat(after.metrics().get("generator_loss"))
        .isLessThan(0.7 * before.metrics().get("generator_loss"));
    assertThat(after.metrics().get("detection_loss"))
        .isLessThan(before.metrics().get("detection_loss"));
    assertThat(after.metrics().keySet())
        .containsExactly(
            "detection_loss",
            "detection_accuracy",
            "replaced_precision",
            "replaced_recall",
            "generator_loss",
            "generator_accuracy");

    Path config = folder.resolve("config.json");
    ConfigReader json = ConfigReader.of(config);
    if (className == null) {
      assertThat(json.has("architectures")).isFalse();
    } else {
      assertThat(json.strings("architectures")).containsExactly(className);
    }
    try (HeadedModel loaded = ReplacedTokenDetection.load(folder, config, false);
        HeadedModel encoder = Encoder.load(folder);
        HeadedModel generator = MaskedLm.load(folder.resolve("generator"))) {
      assertThat(loaded.embeddings().getFirst().value().toFloats()).isEqualTo(table);
      assertThat(encoder.embeddings().getFirst().value().toFloats()).isEqualTo(table);
      if (sharing.equals("es")) {
        assertThat(generator.embeddings().getFirst().value().toFloats()).isEqualTo(table);
      } else {
        assertThat(generator.embeddings().getFirst().value().toFloats()).isNotEqualTo(table);
      }
    }
    assertThat(folder.resolve("generator/tokenizer.json")).exists();
  }

  @Test
  void theLossOfDetectionDoesNotReachTheEmbeddingsOfTheGenerator() throws IOException {
    try (ReplacedTokenRun run = open("deberta-v3-small", "gdes", null);
        Scope scope = run.trained().scope().child()) {
      run.trained().parameters().track();
      TargetBatch<Targets> batch = run.batches().batch(0);
      Gradients gradients = new Gradients(scope);
      try (Tape tape = Tape.open(scope)) {
        Tensor loss =
            run.objective()
                .run(batch, Forward.training(tape, 1, false, batch.numTargets()))
                .detectionLoss();
        tape.backward(Ops.scale(loss, 1), gradients);
      }
      ParameterSum sum = run.pair().sums().getFirst();
      assertThat(gradients.of(sum.base().value())).isNull();
      for (Parameter parameter : run.pair().generator().parameters()) {
        assertThat(gradients.of(parameter.value())).as(parameter.name()).isNull();
      }
      Tensor added = gradients.of(sum.added().value());
      assertThat(added).isNotNull();
      assertThat(added.toFloats()).isNotEqualTo(new float[added.toFloats().length]);
      assertThat(gradients.of(sum.sum().value())).isSameAs(added);
    }
  }

  @Test
  void withSharedEmbeddingsBothLossesTrainOneTable() throws IOException {
    try (ReplacedTokenRun run = open("electra-small", "es", null);
        Scope scope = run.trained().scope().child()) {
      run.trained().parameters().track();
      assertThat(run.pair().generator().embeddings())
          .isEqualTo(run.pair().discriminator().embeddings());
      TargetBatch<Targets> batch = run.batches().batch(0);
      Parameter table = run.pair().generator().embeddings().getFirst();
      for (boolean ofGenerator : new boolean[] {true, false}) {
        Gradients gradients = new Gradients(scope);
        try (Tape tape = Tape.open(scope)) {
          var outcome =
              run.objective().run(batch, Forward.training(tape, 1, false, batch.numTargets()));
          tape.backward(ofGenerator ? outcome.generatorLoss() : outcome.detectionLoss(), gradients);
        }
        assertThat(gradients.of(table.value())).isNotNull();
      }
    }
  }

  @Test
  void tokensAreMaskedAndReplacedAtTheirRates() throws IOException {
    int mask = SpecialTokens.require(text.tokenizer(), "mask_token");
    long chosen = 0, all = 0, replacedElsewhere = 0, replaced = 0;
    try (ReplacedTokenRun run = open("electra-small", "es", null)) {
      for (int step = 0; step < 20; step++) {
        TargetBatch<Targets> batch = run.batches().batch(step);
        int[] targets = batch.targets().tokens();
        int[] ids = batch.texts().ids();
        int[] found;
        try (Scope scope = run.trained().scope().child()) {
          found = run.objective().run(batch, Forward.evaluation(scope, 1)).replaced();
        }
        for (int i = 0; i < ids.length; i++) {
          boolean masked = targets[i] != Denoising.IGNORED;
          assertThat(ids[i] == mask).isEqualTo(masked);
          chosen += masked ? 1 : 0;
          all += text.tokenizer().isSpecial(ids[i]) && !masked ? 0 : 1;
          replaced += found[i];
          replacedElsewhere += masked ? 0 : found[i];
        }
      }
    }
    assertThat((double) chosen / all).isBetween(0.13, 0.17);
    assertThat(replacedElsewhere).isZero();
    assertThat((double) replaced / chosen).isBetween(0.9, 1.0); // an untrained generator
  }

  @Test
  void aWrongSettingIsNamed() throws IOException {
    assertThatThrownBy(() -> open("electra-small", "half", null))
        .hasMessage("embedding-sharing: must be one of es, nes, gdes, got half");
  }

  @Test
  void aSmallGeneratorHasAtLeastOneHead() throws IOException {
    Path folder = Files.createDirectory(path.resolve("models"));
    try (ReplacedTokenRun run = open("electra-small", "es", null)) {
      run.trained().description().writeTo(folder);
    }
    ConfigReader generator = ConfigReader.of(folder.resolve("generator/config.json"));
    assertThat(generator.requireInt("num_attention_heads", 1, 9)).isEqualTo(1);
    assertThat(generator.requireInt("hidden_size", 1, 99)).isEqualTo(8);
    assertThat(generator.requireInt("embedding_size", 1, 99)).isEqualTo(32);
    assertThat(generator.strings("architectures")).containsExactly("ElectraForMaskedLM");
  }
}
