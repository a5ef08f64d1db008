package dev.rapt.train.pretrain.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.TrainStep;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.objective.Forward;
import dev.rapt.train.objective.MultiTokenObjective;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.pretrain.PretrainObjectives;
import dev.rapt.train.pretrain.TinyText;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.SpecialTokens;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Steps of multi-token prediction, compared with those of Hugging Face transformers. */
class MultiTokenReferenceTest {
  private static final double LOSS_TOLERANCE = 1e-4;
  private static final double NORM_TOLERANCE = 1e-3;

  @TempDir Path path;

  /** A batch of rows of a text, which have one token more than positions. */
  private static TokenBatch batch(JsonNode text, int B, int T) {
    int[] inputs = new int[B * T];
    int[] targets = new int[B * T];
    for (int i = 0; i < B * T; i++) {
      int at = i / T * (T + 1) + i % T;
      inputs[i] = text.get(at).asInt();
      targets[i] = text.get(at + 1).asInt();
    }
    return TokenBatch.of(B, T, inputs, targets);
  }

  @Test
  void stepsAreThoseOfTransformers() throws Exception {
    Path folder =
        Path.of(
            Objects.requireNonNull(MultiTokenReferenceTest.class.getResource("/golden/mtp"))
                .toURI());
    JsonNode cases = JsonFiles.read(folder.resolve("cases.json"));
    Map<String, String> settings =
        Map.of(
            "predict-tokens",
            "" + (1 + cases.get("modules").asInt()),
            "predict-weight",
            cases.get("weight").asString());
    PretrainSetup setup =
        TinyText.of(SpecialTokens.INFILLING_DECODER, path)
            .setup("causal", "small", false, folder, settings);
    AdamW.Options adamW =
        AdamW.Options.defaults()
            .withBeta2(0.999)
            .withWeightDecay(cases.get("weight_decay").asDouble());
    TrainOptions options =
        TrainOptions.builder(10)
            .precision(PrecisionMode.F32)
            .maxGradNorm(cases.get("max_norm").asDouble())
            .build();
    try (CausalRun run = (CausalRun) PretrainObjectives.named("causal").open(setup);
        AdamW optimizer = new AdamW(run.trained().parameters().trained(), adamW);
        TrainStep<TokenBatch> update =
            new TrainStep<>(run.trained(), run.objective(), optimizer, options)) {
      MultiTokenObjective objective = (MultiTokenObjective) run.objective();
      for (JsonNode step : cases.get("steps")) {
        TokenBatch batch =
            batch(step.get("text"), cases.get("batch").asInt(), cases.get("tokens").asInt());
        try (Scope scope = run.trained().scope().child()) {
          List<Tensor> losses =
              objective.losses(batch, Forward.evaluation(scope, batch.numTargets()));
          assertThat(losses).hasSize(step.get("losses").size());
          for (int k = 0; k < losses.size(); k++) {
            assertThat((double) losses.get(k).getFloat(0))
                .isCloseTo(step.get("losses").get(k).asDouble(), within(LOSS_TOLERANCE));
          }
        }
        TrainStep.Result result = update.run(List.of(batch), 0, cases.get("lr").asDouble());
        double norm = step.get("grad_norm").asDouble();
        assertThat(result.gradNorm()).isCloseTo(norm, within(NORM_TOLERANCE * norm));
      }
    }
  }
}
