package dev.rapt.generate.speculate;

/**
 * How speculation went for one sequence.
 *
 * @param passes passes of the model, that of the prompt included; each chose at least one token
 * @param drafted tokens that were guessed and checked
 * @param accepted guessed tokens that the sequence took
 */
public record DraftCounts(int passes, int drafted, int accepted) {
  /** Counts before any pass. */
  public static final DraftCounts NONE = new DraftCounts(0, 0, 0);

  /** Returns the sums of these counts and others. */
  public DraftCounts plus(DraftCounts other) {
    return new DraftCounts(
        passes + other.passes, drafted + other.drafted, accepted + other.accepted);
  }

  /** Share of the guessed tokens that the sequence took, 0 to 1; NaN without guesses. */
  public double acceptance() {
    return drafted == 0 ? Double.NaN : (double) accepted / drafted;
  }

  /** New tokens for each pass of the model; 1 without speculation, NaN without a pass. */
  public double tokensPerPass() {
    return 1 + (double) accepted / passes;
  }
}
