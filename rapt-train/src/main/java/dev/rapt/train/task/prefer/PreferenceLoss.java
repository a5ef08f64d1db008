package dev.rapt.train.task.prefer;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A loss of preferences, as a function of the log-probabilities of answers. Formulas, length
 * normalisation and reductions are those of TRL 1.13.
 *
 * @param kind the loss
 * @param beta strength: how far a reward counts, and with it the pull towards the reference
 * @param gamma margin of the rewards in SimPO
 * @param smoothing probability that a preference is the wrong way round, in [0, 0.5)
 * @param desirableWeight weight of desirable answers in KTO
 * @param undesirableWeight weight of undesirable answers in KTO
 */
record PreferenceLoss(
    Kind kind,
    double beta,
    double gamma,
    double smoothing,
    double desirableWeight,
    double undesirableWeight) {
  /** The losses. */
  enum Kind {
    /**
     * Direct preference optimisation, arXiv:2305.18290, equation 7; with smoothing the conservative
     * DPO of its authors.
     */
    DPO(true, 0.1),
    /** DPO whose smoothing leaves the loss without bias: arXiv:2403.00409, equation 12. */
    ROBUST(true, 0.1),
    /**
     * Identity preference optimisation, arXiv:2310.12036, equation 17, of means over tokens as its
     * authors computed it.
     */
    IPO(true, 0.1),
    /** Kahneman-Tversky optimisation of single answers, arXiv:2402.01306, equation 8. */
    KTO(true, 0.1),
    /** Odds-ratio preference optimisation, arXiv:2403.07691, equation 6; beta is its lambda. */
    ORPO(false, 0.1),
    /** Simple preference optimisation, arXiv:2405.14734, equation 6. */
    SIMPO(false, 2);

    private final boolean hasReference;
    private final double usualBeta;

    Kind(boolean hasReference, double usualBeta) {
      this.hasReference = hasReference;
      this.usualBeta = usualBeta;
    }

    /** Returns whether the loss compares with a reference model. */
    boolean hasReference() {
      return hasReference;
    }

    /** Returns beta by default. */
    double usualBeta() {
      return usualBeta;
    }

    /** Returns the name: {@code dpo}. */
    String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the loss of a name.
     *
     * @throws IllegalArgumentException if there is none
     */
    static Kind named(String label) {
      return Arrays.stream(values())
          .filter(kind -> kind.label().equals(label))
          .findFirst()
          .orElseThrow(() ->
              new IllegalArgumentException(
                  "--loss: must be one of %s for the task prefer, got %s"
                      .formatted(
                          Arrays.stream(values())
                              .map(Kind::label)
                              .collect(Collectors.joining(", ")),
                          label)));
    }
  }

  /**
   * The loss of a pair with its derivatives.
   *
   * @param loss the loss
   * @param dChosen derivative with respect to the log-probability of the chosen answer
   * @param dRejected derivative with respect to that of the rejected answer
   */
  record PairTerm(double loss, double dChosen, double dRejected) {}

  /**
   * The loss of a single answer with its derivative.
   *
   * @param loss the loss
   * @param dLogProb derivative with respect to the log-probability of the answer
   */
  record Term(double loss, double dLogProb) {}

  /** A function of one number with its derivative. */
  private record Slope(double value, double derivative) {}

  /** Returns the reward that the model gives an answer without knowing it. */
  double reward(Scored answer) {
    return beta * (kind.hasReference ? answer.ratio() : answer.mean());
  }

  /**
   * Returns the loss of a pair; for ORPO without the cross entropy of the chosen text.
   *
   * @throws IllegalStateException for KTO, which takes single answers
   */
  PairTerm pair(Scored chosen, Scored rejected) {
    return switch (kind) {
      case DPO, ROBUST -> {
        Slope s = preference(beta * (chosen.ratio() - rejected.ratio()));
        yield new PairTerm(s.value, beta * s.derivative, -beta * s.derivative);
      }
      case IPO -> {
        double difference = chosen.ratio() / chosen.tokens() - rejected.ratio() / rejected.tokens();
        double error = difference - 1 / (2 * beta);
        yield new PairTerm(
            error * error, 2 * error / chosen.tokens(), -2 * error / rejected.tokens());
      }
      case SIMPO -> {
        Slope s = preference(beta * (chosen.mean() - rejected.mean()) - gamma);
        double d = beta * s.derivative;
        yield new PairTerm(s.value, d / chosen.tokens(), -d / rejected.tokens());
      }
      case ORPO -> {
        double odds = logOdds(chosen.mean()) - logOdds(rejected.mean());
        double d = -beta * sigmoid(-odds);
        yield new PairTerm(
            -beta * logSigmoid(odds),
            d / -Math.expm1(chosen.mean()) / chosen.tokens(),
            -d / -Math.expm1(rejected.mean()) / rejected.tokens());
      }
      case KTO -> throw new IllegalStateException("kto: must be given single answers, got a pair");
    };
  }

  /**
   * Returns the KTO loss of a single answer.
   *
   * @param kl estimate of the divergence from the reference, at least 0, taken as constant
   */
  Term single(Scored answer, boolean isDesirable, double kl) {
    double sign = isDesirable ? 1 : -1;
    double weight = isDesirable ? desirableWeight : undesirableWeight;
    double value = sigmoid(sign * beta * (answer.ratio() - kl));
    return new Term(weight * (1 - value), -weight * sign * beta * value * (1 - value));
  }

  /** The loss of the difference of two rewards, with label smoothing. */
  private Slope preference(double x) {
    double right = -logSigmoid(x);
    double wrong = -logSigmoid(-x);
    double dRight = -sigmoid(-x);
    double dWrong = sigmoid(x);
    double keep = 1 - smoothing;
    if (kind == Kind.ROBUST) {
      double scale = 1 / (1 - 2 * smoothing);
      return new Slope(
          scale * (keep * right - smoothing * wrong), scale * (keep * dRight - smoothing * dWrong));
    }
    return new Slope(keep * right + smoothing * wrong, keep * dRight + smoothing * dWrong);
  }

  /** The logarithm of p / (1 - p), of log p. */
  private static double logOdds(double logP) {
    return logP - Math.log(-Math.expm1(logP));
  }

  /** The logistic function. */
  static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /** The logarithm of the logistic function, without overflow. */
  static double logSigmoid(double x) {
    return Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
  }
}
