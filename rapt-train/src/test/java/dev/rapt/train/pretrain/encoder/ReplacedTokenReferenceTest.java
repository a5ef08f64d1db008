package dev.rapt.train.pretrain.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.model.MaskedLm;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.tensor.Scope;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.TrainStep;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.batch.TextBatch;
import dev.rapt.train.noise.Denoising;
import dev.rapt.train.objective.Forward;
import dev.rapt.train.objective.ReplacedTokenObjective;
import dev.rapt.train.objective.ReplacedTokenObjective.Outcome;
import dev.rapt.train.objective.ReplacedTokenObjective.Targets;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.pretrain.TinyText;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.SpecialTokens;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Steps of replaced-token detection, compared with those of Hugging Face transformers. */
class ReplacedTokenReferenceTest {
  private static final double LOSS_TOLERANCE = 1e-4;
  private static final double NORM_TOLERANCE = 1e-3; // of a norm of some 10 to 60

  @TempDir Path path;

  private static Path folder(String name) throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(
                ReplacedTokenReferenceTest.class.getResource("/golden/replaced/" + name))
            .toURI());
  }

  private static int[] ints(JsonNode array) {
    return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
  }

  private static double[] doubles(JsonNode array) {
    return IntStream.range(0, array.size()).mapToDouble(i -> array.get(i).asDouble()).toArray();
  }

  private static TargetBatch<Targets> batch(JsonNode cases, JsonNode step) {
    int B = cases.get("batch").asInt();
    int T = cases.get("tokens").asInt();
    int[] ids = ints(step.get("masked"));
    int[] targets = ints(step.get("targets"));
    TextBatch texts =
        new TextBatch(B, T, ids, new int[ids.length], ints(cases.get("lengths")), null);
    long count = IntStream.of(targets).filter(target -> target != Denoising.IGNORED).count();
    return new TargetBatch<>(texts, new Targets(targets, doubles(step.get("uniform"))), count);
  }

  /** Returns which tokens the reference replaced. */
  private static int[] replaced(JsonNode step) {
    int[] corrupted = ints(step.get("corrupted"));
    int[] targets = ints(step.get("targets"));
    return IntStream.range(0, targets.length)
        .map(i -> targets[i] == Denoising.IGNORED || targets[i] == corrupted[i] ? 0 : 1)
        .toArray();
  }

  @ParameterizedTest
  @CsvSource({"electra, ES", "deberta_v3, GDES"})
  void stepsAreThoseOfTransformers(String name, EmbeddingSharing sharing) throws Exception {
    Path folder = folder(name);
    JsonNode cases = JsonFiles.read(folder.resolve("cases.json"));
    EncoderConfig ofGenerator;
    try (MaskedLm stored = MaskedLm.load(folder.resolve("generator"))) {
      ofGenerator = (EncoderConfig) stored.config();
    }
    PretrainSetup setup =
        TinyText.of(SpecialTokens.ENCODER, path)
            .setup("replaced", "electra-small", false, folder, Map.of());
    AdamW.Options adamW =
        AdamW.Options.defaults()
            .withBeta2(0.999)
            .withWeightDecay(cases.get("weight_decay").asDouble());
    TrainOptions options =
        TrainOptions.builder(10)
            .precision(PrecisionMode.F32)
            .maxGradNorm(cases.get("max_norm").asDouble())
            .build();
    try (GeneratorPair pair =
        GeneratorPair.open(setup, EncoderModels.config(setup), ofGenerator, sharing)) {
      TrainedModel trained = pair.trained(setup);
      ReplacedTokenObjective objective =
          new ReplacedTokenObjective(
              pair.generator(),
              pair.discriminator(),
              pair.sums(),
              (float) cases.get("weight").asDouble());
      try (AdamW optimizer = new AdamW(trained.parameters().trained(), adamW);
          TrainStep<TargetBatch<Targets>> update =
              new TrainStep<>(trained, objective, optimizer, options)) {
        for (JsonNode step : cases.get("steps")) {
          TargetBatch<Targets> batch = batch(cases, step);
          double generatorLoss = step.get("generator_loss").asDouble();
          double detectionLoss = step.get("detection_loss").asDouble();
          try (Scope scope = trained.scope().child()) {
            Outcome outcome = objective.run(batch, Forward.evaluation(scope, batch.numTargets()));
            assertThat(outcome.replaced()).isEqualTo(replaced(step));
            assertThat((double) outcome.generatorLoss().getFloat(0))
                .isCloseTo(generatorLoss, within(LOSS_TOLERANCE));
            assertThat((double) outcome.detectionLoss().getFloat(0))
                .isCloseTo(detectionLoss, within(LOSS_TOLERANCE));
          }
          TrainStep.Result result = update.run(List.of(batch), 0, cases.get("lr").asDouble());
          double loss = generatorLoss + objective.weight() * detectionLoss;
          assertThat(result.loss()).isCloseTo(loss, within(objective.weight() * LOSS_TOLERANCE));
          double norm = step.get("grad_norm").asDouble();
          assertThat(result.gradNorm()).isCloseTo(norm, within(NORM_TOLERANCE * norm));
        }
      }
    }
  }
}
