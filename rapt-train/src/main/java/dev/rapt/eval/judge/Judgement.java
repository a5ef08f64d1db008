package dev.rapt.eval.judge;

/**
 * What a judge says about a pair, asked in both orders.
 *
 * @param pair the answers
 * @param asGiven when the first answer is shown first
 * @param swapped when the second answer is shown first
 */
public record Judgement(AnswerPair pair, Ballot asGiven, Ballot swapped) {
  /**
   * Probabilities of the verdicts in one order, whose sum is 1.
   *
   * @param first that the first answer of the pair is better, wherever it was shown
   * @param second that the second answer of the pair is better
   * @param tie that both are equally good
   */
  public record Ballot(double first, double second, double tie) {
    /** Returns the likeliest verdict; a tie if two are equally likely. */
    public Verdict verdict() {
      if (first > second && first > tie) {
        return Verdict.FIRST;
      }
      return second > first && second > tie ? Verdict.SECOND : Verdict.TIE;
    }
  }

  /** Returns the verdict: that of both orders, or a tie if they differ. */
  public Verdict verdict() {
    return isConsistent() ? asGiven.verdict() : Verdict.TIE;
  }

  /** Returns whether both orders have the same verdict. */
  public boolean isConsistent() {
    return asGiven.verdict() == swapped.verdict();
  }
}
