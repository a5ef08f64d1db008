package dev.rapt.verify.train;

import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.model.CausalLm;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.DType;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.TrainOptions.ScheduleKind;
import dev.rapt.train.TrainStep;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.optim.Optimizer;
import dev.rapt.verify.function.FunctionCase;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Compares a run of AdamW on recorded batches: losses, gradient norms, and the final weights. */
final class RunChecks {
  private RunChecks() {}

  static void run(FunctionCase recorded) {
    recorded.call("steps", differences -> follow(recorded, differences));
  }

  private static void follow(FunctionCase recorded, FunctionCase.Differences differences) {
    JsonNode training = recorded.cases().get("training");
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
    try (CausalLm model = CausalLm.loadTrainable(recorded.folder());
        Optimizer optimizer = new AdamW(model.parameters().all(), adamW(training));
        TrainStep<TokenBatch> update = TrainStep.of(model, optimizer, options)) {
      float[] loss = recorded.floats("loss");
      float[] norm = recorded.floats("grad_norm");
      for (int step = 0; step < steps; step++) {
        List<TokenBatch> batches = new ArrayList<>();
        for (int i = 0; i < accumulation; i++) {
          batches.add(batch(recorded.tensor("input_ids"), step * accumulation + i));
        }
        TrainStep.Result got = update.run(batches, step, lr);
        differences.add(
            "loss of step " + step, loss[step], got.loss(), tolerance.get("loss").doubleValue());
        differences.add(
            "norm of step " + step,
            norm[step],
            got.gradNorm(),
            tolerance.get("grad_norm").doubleValue());
      }
      long numFinal = recorded.names().stream().filter(name -> name.startsWith("final.")).count();
      differences.add("number of weights", (double) numFinal, model.parameters().all().size(), 0);
      for (Parameter parameter : model.parameters()) {
        compare(recorded, training, parameter, differences);
      }
    }
  }

  private static AdamW.Options adamW(JsonNode training) {
    JsonNode betas = training.get("betas");
    return new AdamW.Options(
        betas.get(0).doubleValue(),
        betas.get(1).doubleValue(),
        training.get("eps").doubleValue(),
        training.get("weight_decay").doubleValue(),
        true,
        false,
        false,
        DType.F32);
  }

  /** Compares final weights, except those whose gradient consists of rounding errors only. */
  private static void compare(
      FunctionCase recorded,
      JsonNode training,
      Parameter parameter,
      FunctionCase.Differences differences) {
    String name = "final." + parameter.name();
    double atol = training.get("tolerance").get("final").doubleValue();
    JsonNode ignored = training.path("ignore").path(name);
    int from = ignored.path(0).asInt(0);
    int to = ignored.path(1).asInt(0);
    float[] want = recorded.floats(name);
    for (int i = 0; i < want.length; i++) {
      if (i < from || i >= to) {
        differences.add(name + "[" + i + "]", want[i], parameter.value().getFloat(i), atol);
      }
    }
  }

  /** A batch where position i predicts token i + 1; the last position has no target. */
  private static TokenBatch batch(TensorEntry all, int index) {
    int B = (int) all.shape().dim(1);
    int T = (int) all.shape().dim(2);
    int[] inputs = new int[B * T];
    int[] targets = new int[B * T];
    for (int i = 0; i < inputs.length; i++) {
      long at = (long) index * B * T + i;
      inputs[i] = (int) all.data().getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, at);
    }
    for (int i = 0; i < targets.length; i++) {
      targets[i] = i % T == T - 1 ? TokenBatch.IGNORED : inputs[i + 1];
    }
    return TokenBatch.of(B, T, inputs, targets);
  }
}
