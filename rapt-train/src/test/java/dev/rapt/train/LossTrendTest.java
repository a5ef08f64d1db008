package dev.rapt.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.train.TrainListener.StepMetrics;
import java.util.Map;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;

class LossTrendTest {
  private static LossTrend of(long from, long steps, LongToDoubleFunction loss) {
    LossTrend trend = new LossTrend();
    for (long step = from; step <= steps; step++) {
      trend.onStep(
          new StepMetrics(step, steps, loss.applyAsDouble(step), 0, 0, 0, 0, 0, 0, 0, 0, Map.of()));
    }
    return trend;
  }

  @Test
  void aLossThatFallsIsNoProblem() {
    assertThat(of(1, 100, step -> 3 - step * 1e-3).problem()).isEmpty();
  }

  @Test
  void aLossThatDoesNotFallIsShownAtBothEnds() {
    assertThat(of(1, 100, step -> step <= 50 ? 1 : 1.5).problem())
        .contains("the training loss does not fall: 1.0000 at the beginning, 1.5000 at the end");
  }

  @Test
  void shortAndResumedRunsAreNotJudged() {
    assertThat(of(1, 10, step -> 1).problem()).isEmpty();
    assertThat(of(50, 100, step -> 1).problem()).isEmpty();
  }
}
