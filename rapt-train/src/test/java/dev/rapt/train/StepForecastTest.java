package dev.rapt.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StepForecastTest {
  private static final long SECOND = 1_000_000_000L;

  private final AtomicLong clock = new AtomicLong();

  @Test
  void steadyStepsFillTheTime() {
    StepForecast forecast = new StepForecast(100, Long.MAX_VALUE, clock::get);
    for (long step = 1; step <= 50; step++) {
      clock.addAndGet(2 * SECOND);
      assertThat(forecast.stepsInAll(step)).isEqualTo(50);
    }
  }

  @Test
  void theForecastFollowsAMachineThatTurnsSlow() {
    StepForecast forecast = new StepForecast(100, Long.MAX_VALUE, clock::get);
    long planned = Long.MAX_VALUE;
    long step = 0;
    while (step < planned) {
      clock.addAndGet(step < 500 ? SECOND / 10 : SECOND / 2);
      planned = forecast.stepsInAll(++step);
    }
    assertThat(step).isBetween(599L, 601L);
    assertThat(clock.get()).isBetween(100 * SECOND, 101 * SECOND);
  }

  @Test
  void aSlowFirstStepDoesNotEndTheRun() {
    StepForecast forecast = new StepForecast(10, Long.MAX_VALUE, clock::get);
    clock.addAndGet(6 * SECOND);
    assertThat(forecast.stepsInAll(1)).isEqualTo(2);
    clock.addAndGet(SECOND);
    assertThat(forecast.stepsInAll(2)).isEqualTo(5);
  }

  @Test
  void noMoreStepsThanAskedFor() {
    StepForecast limited = new StepForecast(100, 7, clock::get);
    StepForecast unlimited = new StepForecast(Double.POSITIVE_INFINITY, 7, clock::get);
    clock.addAndGet(SECOND);
    assertThat(limited.stepsInAll(1)).isEqualTo(7);
    assertThat(unlimited.stepsInAll(1)).isEqualTo(7);
  }

  @Test
  void theRunEndsWhenTheTimeIsUp() {
    StepForecast forecast = new StepForecast(10, 1000, clock::get);
    clock.addAndGet(11 * SECOND);
    assertThat(forecast.stepsInAll(1)).isEqualTo(1);
  }
}
