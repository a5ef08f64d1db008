package dev.rapt.generate.speculate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class DraftLengthTest {
  private static final int MOST = 15;
  private static final long TOKEN_NANOS = 1_000_000;

  /** Time and tokens of a simulated text, and the last length. */
  private static final class Simulation {
    private final DraftLength lengths = new DraftLength(MOST);
    private final SplittableRandom random = new SplittableRandom(1);
    private double nanos;
    private double tokens;
    private int last;

    /**
     * Generates at least this many tokens.
     *
     * @param share probability that a guess is right
     * @param cost of a pass of some tokens, in passes of one token
     * @param guess cost of a guess, in passes of one token
     */
    void run(int numTokens, double share, IntToDoubleFunction cost, double guess) {
      double end = tokens + numTokens;
      while (tokens < end) {
        last = lengths.next();
        int right = 0;
        while (right < last && random.nextDouble() < share) {
          right++;
        }
        long pass = (long) (TOKEN_NANOS * cost.applyAsDouble(last + 1));
        long draft = (long) (TOKEN_NANOS * guess * last);
        lengths.record(last, right, draft, pass);
        tokens += 1 + right;
        nanos += pass + draft;
      }
    }

    /** Speed relative to passes of one token. */
    double speed() {
      return tokens * TOKEN_NANOS / nanos;
    }
  }

  private static double cheap(int size) {
    return 1 + 0.05 * (size - 1);
  }

  /** A machine without time to spare: two tokens cost what two passes cost. */
  private static double proportional(int size) {
    return size;
  }

  @Test
  void lengthsGrowToTheMostWhereAllGuessesAreRight() {
    Simulation text = new Simulation();
    text.run(400, 1, DraftLengthTest::cheap, 0);
    assertThat(text.last).isEqualTo(MOST);
    assertThat(text.speed()).isGreaterThan(6);
  }

  @Test
  void wrongGuessesCostLittle() {
    for (double share : new double[] {0, 0.05, 0.1}) {
      for (double guess : new double[] {0, 0.1, 0.3}) {
        Simulation text = new Simulation();
        text.run(300, share, size -> 1 + 0.4 * (size - 1), guess);
        assertThat(text.speed()).as("share %s, guess %s", share, guess).isGreaterThan(0.95);
      }
    }
  }

  @Test
  void guessesStopWhereAPassOfSeveralTokensIsDear() {
    Simulation text = new Simulation();
    text.run(500, 0.7, DraftLengthTest::proportional, 0);
    assertThat(text.speed()).isGreaterThan(0.95);
  }

  @Test
  void aTextThatBeginsToRepeatIsNoticed() {
    Simulation text = new Simulation();
    text.run(300, 0, DraftLengthTest::cheap, 0);
    assertThat(text.last).isZero();
    text.run(500, 1, DraftLengthTest::cheap, 0);
    assertThat(text.last).isEqualTo(MOST);
  }

  @Test
  void aShareInBetweenGetsALengthInBetween() {
    Simulation text = new Simulation();
    text.run(500, 0.7, size -> 1 + 0.15 * (size - 1), 0.05);
    assertThat(text.speed()).isGreaterThan(1.4);
    assertThat(text.last).isBetween(1, 10);
  }

  @Test
  void theFirstPassOfASizeWarmsUpAndIsNotMeasured() {
    DraftLength lengths = new DraftLength(4);
    lengths.record(0, 0, 0, TOKEN_NANOS);
    assertThat(lengths.next()).isZero();
    lengths.record(0, 0, 0, TOKEN_NANOS);
    int first = lengths.next();
    assertThat(first).isPositive();
    lengths.record(first, first, 0, 100 * TOKEN_NANOS); // compiled meanwhile
    assertThat(lengths.next()).isPositive();
  }

  @Test
  void noneAreGuessedIfNoneMayBe() {
    DraftLength lengths = new DraftLength(0);
    for (int i = 0; i < 600; i++) {
      assertThat(lengths.next()).isZero();
      lengths.record(0, 0, 0, TOKEN_NANOS);
    }
  }
}
