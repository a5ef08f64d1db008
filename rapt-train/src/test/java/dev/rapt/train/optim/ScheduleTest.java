package dev.rapt.train.optim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.train.GoldenFolder;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.ScheduleKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class ScheduleTest {
  private static final JsonNode RECORDED = GoldenFolder.of("optimizers/schedules").cases();
  private static final double TOLERANCE = 1e-12; // both are f64

  static Stream<Arguments> schedules() {
    List<Arguments> ours = new ArrayList<>();
    for (JsonNode recorded : RECORDED.get("schedules")) {
      Schedule schedule = schedule(recorded);
      if (schedule != null) {
        ours.add(Arguments.of(schedule, recorded.get("lr")));
      }
    }
    return ours.stream();
  }

  @ParameterizedTest
  @MethodSource("schedules")
  void followsTheReference(Schedule schedule, JsonNode want) {
    double base = RECORDED.get("base_lr").doubleValue();
    for (int step = 0; step < want.size(); step++) {
      assertThat(base * schedule.factor(step))
          .as("step %d", step)
          .isCloseTo(want.get(step).doubleValue(), Assertions.within(TOLERANCE));
    }
  }

  @Test
  void allOursAreRecorded() {
    assertThat(schedules()).hasSize(10);
  }

  private static Schedule schedule(JsonNode recorded) {
    JsonNode args = recorded.get("args");
    long warmup = recorded.path("num_warmup_steps").asLong(0);
    long steps = recorded.path("num_training_steps").asLong(0);
    return switch (recorded.get("name").stringValue()) {
      case "constant" -> new Schedule.Constant(0);
      case "constant_with_warmup" -> new Schedule.Constant(warmup);
      case "linear" -> new Schedule.Linear(warmup, steps);
      case "cosine", "cosine_with_min_lr" ->
          new Schedule.Cosine(
              warmup,
              steps,
              args.path("num_cycles").asDouble(0.5),
              args.has("min_lr")
                  ? args.get("min_lr").doubleValue() / RECORDED.get("base_lr").doubleValue()
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
      default -> null;
    };
  }

  private static Schedule.Ramp ramp(String name) {
    return name.equals("1-sqrt")
        ? Schedule.Ramp.ONE_MINUS_SQRT
        : Schedule.Ramp.valueOf(name.toUpperCase(Locale.ROOT));
  }

  @ParameterizedTest
  @EnumSource(ScheduleKind.class)
  void noUpdateOfARunIsWastedOnALearningRateOfZero(ScheduleKind kind) {
    TrainOptions options =
        TrainOptions.builder(100).schedule(kind).warmupSteps(10).minLrRatio(0).build();
    for (long step = 1; step <= 100; step++) {
      assertThat(options.lrAt(step)).isPositive().isLessThanOrEqualTo(options.lr());
    }
    assertThat(options.lrAt(10)).isEqualTo(options.lr());
  }
}
