package dev.rapt.verify.train;

import dev.rapt.train.optim.Schedule;
import dev.rapt.verify.function.FunctionCase;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Compares the learning rates of all steps of a run, and of some steps after its end. */
final class ScheduleChecks {
  private static final double TOLERANCE = 1e-12; // both are f64

  private ScheduleChecks() {}

  static void run(FunctionCase recorded) {
    double base = recorded.cases().get("base_lr").doubleValue();
    for (JsonNode call : recorded.cases().get("schedules").values()) {
      JsonNode want = call.get("lr");
      recorded.call(
          call.get("name").stringValue() + " " + call.get("args"),
          differences -> {
            Schedule schedule = schedule(call, base);
            for (int step = 0; step < want.size(); step++) {
              double got = base * schedule.factor(step);
              differences.add("step " + step, want.get(step).doubleValue(), got, TOLERANCE);
            }
          });
    }
  }

  private static Schedule schedule(JsonNode call, double base) {
    JsonNode args = call.get("args");
    long warmup = call.path("num_warmup_steps").asLong(0);
    long steps = call.path("num_training_steps").asLong(0);
    return switch (call.get("name").stringValue()) {
      case "constant" -> new Schedule.Constant(0);
      case "constant_with_warmup" -> new Schedule.Constant(warmup);
      case "linear" -> new Schedule.Linear(warmup, steps);
      case "cosine", "cosine_with_min_lr" ->
          new Schedule.Cosine(
              warmup,
              steps,
              args.path("num_cycles").asDouble(0.5),
              args.has("min_lr")
                  ? args.get("min_lr").doubleValue() / base
                  : args.path("min_lr_rate").asDouble(0));
      case "warmup_stable_decay" -> {
        long decay = args.get("num_decay_steps").asLong();
        yield new Schedule.WarmupStableDecay(
            warmup,
            args.path("num_stable_steps").asLong(steps - warmup - decay),
            decay,
            ramp(args.path("warmup_type").asString("linear")),
            ramp(args.path("decay_type").asString("cosine")),
            args.path("min_lr_ratio").asDouble(0));
      }
      default -> throw new UnsupportedOperationException("no schedule of this name");
    };
  }

  private static Schedule.Ramp ramp(String name) {
    return name.equals("1-sqrt")
        ? Schedule.Ramp.ONE_MINUS_SQRT
        : Schedule.Ramp.valueOf(name.toUpperCase(Locale.ROOT));
  }
}
