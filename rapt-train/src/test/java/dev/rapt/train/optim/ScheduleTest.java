package dev.rapt.train.optim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.ScheduleKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ScheduleTest {
  @ParameterizedTest
  @EnumSource(ScheduleKind.class)
  void noUpdateHasALearningRateOfZero(ScheduleKind kind) {
    TrainOptions options =
        TrainOptions.builder(100).schedule(kind).warmupSteps(10).minLrRatio(0).build();
    for (long step = 1; step <= 100; step++) {
      assertThat(options.lrAt(step)).isPositive().isLessThanOrEqualTo(options.lr());
    }
    assertThat(options.lrAt(10)).isEqualTo(options.lr());
  }
}
