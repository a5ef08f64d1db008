package dev.rapt.generate.speculate;

/**
 * Decides how many tokens to guess: the number with the most new tokens for each second that can be
 * expected. With a share a of right guesses, k of them give (1 - a^(k + 1)) / (1 - a) new tokens in
 * a pass (Leviathan et al., arXiv:2211.17192, equation 1); what passes and guesses cost is
 * measured. Where no guess pays, one is tried now and then, ever more rarely while it fails.
 *
 * <p>Lengths depend on times of the machine. They have no influence on which tokens are chosen.
 */
public final class DraftLength {
  /** Weight of earlier passes in the share of right guesses, from pass to pass. */
  private static final double MEMORY = 0.75;

  /** A slower pass counts by this share, a faster one wholly: others disturb the clock. */
  private static final double SLOWER_SHARE = 0.1;

  /** Assumed cost of a further token of a pass, in passes of one token, until it is measured. */
  private static final double ASSUMED_SLOPE = 0.3;

  /** Speed that guesses must promise, relative to none. */
  private static final double LEAST_GAIN = 1.05;

  /** Greatest share of right guesses that is assumed. */
  private static final double MOST_SHARE = 0.999;

  /** Passes without a guess between two trials: at first, and at most. */
  private static final int FIRST_REST = 16, LONGEST_REST = 256;

  private final int most;

  /** Nanoseconds of a pass by its number of tokens; 0 before it is known. */
  private final double[] passNanos;

  /** Sizes of passes that ran before; the first of each size warms up and is not measured. */
  private final boolean[] warm;

  private double nanosPerGuess;
  private boolean guessedBefore;
  private double right = 1;
  private double tried = 2;
  private int rest = FIRST_REST;
  private int untilTrial = FIRST_REST;

  /**
   * Begins with the assumption that every second guess is right.
   *
   * @param most most tokens to guess
   */
  public DraftLength(int most) {
    this.most = most;
    passNanos = new double[most + 2];
    warm = new boolean[most + 2];
  }

  /** Returns the number of tokens to guess next, 0 for none. */
  public int next() {
    if (most == 0 || passNanos[1] == 0) {
      return 0; // the first passes are plain, as the measure of all others
    }
    int best = best();
    if (best > 0) {
      untilTrial = rest;
      return best;
    }
    return untilTrial > 0 ? 0 : 1;
  }

  /**
   * Reports a pass.
   *
   * @param drafted number of tokens guessed, 0 for a plain pass
   * @param accepted how many of them were right, up to the first wrong one
   * @param draftNanos time to guess
   * @param nanos time of the pass
   */
  public void record(int drafted, int accepted, long draftNanos, long nanos) {
    int size = drafted + 1;
    if (warm[size]) {
      passNanos[size] = updated(passNanos[size], nanos);
    }
    warm[size] = true;
    if (drafted == 0) {
      untilTrial = Math.max(0, untilTrial - 1);
      guessedBefore = false;
      return;
    }
    if (guessedBefore) { // else the drafter has read, too, what it missed
      nanosPerGuess = updated(nanosPerGuess, (double) draftNanos / drafted);
    }
    guessedBefore = true;
    boolean isTrial = untilTrial == 0;
    boolean allRight = accepted == drafted;
    right = isTrial && allRight ? 1 : MEMORY * right + accepted;
    tried = isTrial && allRight ? 2 : MEMORY * tried + Math.min(drafted, accepted + 1);
    if (isTrial) {
      rest = allRight ? FIRST_REST : Math.min(2 * rest, LONGEST_REST);
      untilTrial = rest;
    }
  }

  private static double updated(double before, double value) {
    return before == 0 || value < before ? value : before + SLOWER_SHARE * (value - before);
  }

  /** The number of guesses with the highest expected speed. */
  private int best() {
    double share = Math.min(right / tried, MOST_SHARE);
    int best = 0;
    double bestSpeed = LEAST_GAIN / cost(1);
    for (int k = 1; k <= most; k++) {
      double tokens = (1 - Math.pow(share, k + 1)) / (1 - share);
      double speed = tokens / (cost(k + 1) + k * nanosPerGuess);
      if (speed > bestSpeed) {
        bestSpeed = speed;
        best = k;
      }
    }
    return best;
  }

  /**
   * Expected nanoseconds of a pass: measured, or on a line through its neighbours; never less than
   * of one token, for which disturbances of the clock would be mistaken.
   */
  private double cost(int size) {
    return Math.max(passNanos[1], estimate(size));
  }

  private double estimate(int size) {
    if (passNanos[size] > 0) {
      return passNanos[size];
    }
    int below = size - 1;
    while (passNanos[below] == 0) {
      below--;
    }
    int above = size + 1;
    while (above < passNanos.length && passNanos[above] == 0) {
      above++;
    }
    double slope;
    if (above < passNanos.length) {
      slope = (passNanos[above] - passNanos[below]) / (above - below);
    } else if (below > 1) {
      slope = (passNanos[below] - passNanos[1]) / (below - 1);
    } else {
      slope = ASSUMED_SLOPE * passNanos[1];
    }
    return passNanos[below] + slope * (size - below);
  }
}
