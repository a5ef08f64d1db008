package dev.rapt.fuzz;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a target with one seed after another until the time is up. {@code -Drapt.fuzz.seconds} sets
 * the time of each test class (60 by default), {@code -Drapt.fuzz.seed} the first seed: with the
 * seed of a failure, the first trial repeats it.
 */
public final class Fuzz {
  /** Seconds after which a trial counts as hanging. */
  private static final int TRIAL_SECONDS = 20;

  /** Failures at different places that are reported; the loop continues after each. */
  private static final int MAX_FAILURES = 20;

  private static final double SECONDS =
      Double.parseDouble(System.getProperty("rapt.fuzz.seconds", "60"));
  private static final long FIRST_SEED = Long.getLong("rapt.fuzz.seed", 1);

  private Fuzz() {}

  /** One trial. */
  @FunctionalInterface
  public interface Trial {
    /**
     * Runs the code under test.
     *
     * @return whether the input was accepted
     */
    boolean run(RandomGenerator random) throws Exception;
  }

  /**
   * What happened.
   *
   * @param accepted trials whose input was accepted
   * @param refused trials that ended with an expected exception
   */
  public record Result(long accepted, long refused) {}

  /**
   * Runs trials for a part of the time.
   *
   * @param name for messages
   * @param share the part of the time, 1 for all of it
   * @param expected which exceptions refuse an input properly; any other fails the test
   */
  public static Result run(String name, double share, Predicate<Throwable> expected, Trial trial)
      throws InterruptedException {
    Loop loop = new Loop(share, expected, trial);
    Thread worker = Thread.ofPlatform().name("fuzz " + name).daemon().start(loop);
    while (worker.isAlive()) {
      worker.join(500);
      if (worker.isAlive()
          && System.nanoTime() - loop.trialStart > TRIAL_SECONDS * 1_000_000_000L) {
        throw new AssertionError(
            name + ": seed " + loop.seed + ": hangs in " + List.of(worker.getStackTrace()));
      }
    }
    if (!loop.failures.isEmpty()) {
      StringBuilder message = new StringBuilder(name + ": inputs must be refused clearly, got");
      loop.failures.forEach(
          (where, seed) -> message.append("\n  seed ").append(seed).append(": ").append(where));
      throw new AssertionError(message.toString(), loop.first);
    }
    return new Result(loop.accepted, loop.refused);
  }

  private static final class Loop implements Runnable {
    private final long deadline;
    private final Predicate<Throwable> expected;
    private final Trial trial;
    private final Map<String, Long> failures = new LinkedHashMap<>(); // one seed for each place
    private @Nullable Throwable first;
    private volatile long trialStart = System.nanoTime();
    private volatile long seed = FIRST_SEED;
    private volatile long accepted;
    private volatile long refused;

    Loop(double share, Predicate<Throwable> expected, Trial trial) {
      deadline = System.nanoTime() + (long) (SECONDS * share * 1e9);
      this.expected = expected;
      this.trial = trial;
    }

    @Override
    public void run() {
      long yes = 0;
      long no = 0;
      for (long next = FIRST_SEED; next == FIRST_SEED || System.nanoTime() < deadline; next++) {
        seed = next;
        trialStart = System.nanoTime();
        try {
          if (trial.run(new SplittableRandom(next))) {
            yes++;
          } else {
            no++;
          }
        } catch (Throwable e) {
          if (!expected.test(e)) {
            first = first == null ? e : first;
            if (failures.size() < MAX_FAILURES) {
              failures.putIfAbsent(place(e), next);
            }
          }
          no++;
        }
      }
      accepted = yes;
      refused = no;
    }

    /** The exception and where Rapt's code threw it. */
    private static String place(Throwable e) {
      String frame =
          Stream.of(e.getStackTrace())
              .filter(each -> each.getClassName().startsWith("dev.rapt"))
              .map(StackTraceElement::toString)
              .findFirst()
              .orElse("");
      String text = e.getClass().getName() + ": " + e.getMessage();
      String start =
          e instanceof StackOverflowError
              ? ""
              : text.length() > 200 ? text.substring(0, 200) : text;
      return e.getClass().getSimpleName()
          + " at "
          + frame
          + (start.isEmpty() ? "" : " (" + start.replaceAll("\\d+", "#") + ")");
    }
  }
}
