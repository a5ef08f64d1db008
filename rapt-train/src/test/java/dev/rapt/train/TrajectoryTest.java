package dev.rapt.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.model.CausalLm;
import dev.rapt.nn.Parameter;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.TrainOptions.ScheduleKind;
import dev.rapt.train.data.TokenBatch;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.optim.Optimizer;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Twenty steps of training beside the recorded ones. */
class TrajectoryTest {
  static Stream<GoldenFolder> folders() {
    return Stream.concat(
        Stream.of(GoldenFolder.of("training/llama")),
        Stream.of("training/gpt2", "training/gpt2_accumulation")
            .map(GoldenFolder::wholeSet)
            .flatMap(Optional::stream));
  }

  @ParameterizedTest
  @MethodSource("folders")
  void lossGradientsAndWeightsFollowTheReference(GoldenFolder folder) {
    JsonNode training = folder.cases().get("training");
    JsonNode tolerance = training.get("tolerance");
    int accumulation = training.get("accumulation").intValue();
    int steps = training.get("steps").intValue();
    double lr = training.get("lr").doubleValue();
    TrainOptions options =
        TrainOptions.builder(steps)
            .accumulation(accumulation)
            .lr(lr)
            .schedule(ScheduleKind.CONSTANT)
            .warmupSteps(0)
            .maxGradNorm(training.get("max_norm").doubleValue())
            .precision(PrecisionMode.F32)
            .build();
    AdamW.Options adamW =
        AdamW.Options.defaults()
            .withBetas(
                training.get("betas").get(0).doubleValue(),
                training.get("betas").get(1).doubleValue())
            .withWeightDecay(training.get("weight_decay").doubleValue())
            .withDecaysAll(true);
    try (Checkpoint recorded = folder.tensors();
        CausalLm model = CausalLm.loadTrainable(folder.path());
        Optimizer optimizer = new AdamW(model.parameters().all(), adamW);
        TrainStep update = new TrainStep(model, optimizer, options)) {
      float[] loss = GoldenFolder.floats(recorded.entry("loss"));
      float[] norm = GoldenFolder.floats(recorded.entry("grad_norm"));
      for (int step = 0; step < steps; step++) {
        List<TokenBatch> batches = new ArrayList<>();
        for (int i = 0; i < accumulation; i++) {
          batches.add(batch(recorded.entry("input_ids"), step * accumulation + i));
        }
        TrainStep.Result result = update.run(batches, step, lr);
        assertClose("loss " + step, result.loss(), loss[step], tolerance.get("loss").doubleValue());
        assertClose(
            "norm " + step,
            result.gradNorm(),
            norm[step],
            tolerance.get("grad_norm").doubleValue());
      }
      for (Parameter parameter : model.parameters()) {
        String name = "final." + parameter.name();
        JsonNode ignored = training.path("ignore").path(name);
        float[] want = GoldenFolder.floats(recorded.entry(name));
        for (int i = 0; i < want.length; i++) {
          boolean skip =
              ignored.isArray() && i >= ignored.get(0).intValue() && i < ignored.get(1).intValue();
          if (!skip) {
            double got = parameter.value().getFloat(i);
            assertClose(name + " " + i, got, want[i], tolerance.get("final").doubleValue());
          }
        }
      }
    }
  }

  private static void assertClose(String what, double got, double want, double tolerance) {
    assertThat(Math.abs(got - want))
        .as("%s: got %s, want %s", what, got, want)
        .isLessThanOrEqualTo(tolerance * Math.max(1, Math.abs(want)));
  }

  /** Position i predicts token i + 1; the last predicts nothing. */
  private static TokenBatch batch(TensorEntry all, int index) {
    int B = (int) all.shape().dim(1);
    int T = (int) all.shape().dim(2);
    long[] ids = all.data().toArray(ValueLayout.JAVA_LONG_UNALIGNED);
    int[] inputs =
        Arrays.stream(ids, index * B * T, (index + 1) * B * T).mapToInt(Math::toIntExact).toArray();
    int[] targets = new int[B * T];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = i % T == T - 1 ? TokenBatch.IGNORED : inputs[i + 1];
    }
    return new TokenBatch(B, T, inputs, targets, null);
  }
}
