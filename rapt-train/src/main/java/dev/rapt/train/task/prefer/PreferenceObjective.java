package dev.rapt.train.task.prefer;

import dev.rapt.autograd.loss.Losses;
import dev.rapt.model.CausalLm;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.objective.Forward;
import dev.rapt.train.objective.Objective;
import dev.rapt.train.task.completion.PaddedAnswers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Preference tuning of a decoder: a loss of the log-probabilities of answers. The model runs
 * without dropout, as its reference did.
 */
record PreferenceObjective(CausalLm model, PreferenceLoss loss)
    implements Objective<PreferenceBatch> {
  /**
   * A batch as the model scores it.
   *
   * @param loss sum of the losses of the examples
   * @param scores scores of the firsts, then of the seconds
   * @param answers the answers in that order
   * @param hidden their hidden states (S, T, D)
   */
  record Measured(double loss, List<Scored> scores, PaddedAnswers answers, Tensor hidden) {}

  @Override
  public Tensor loss(PreferenceBatch batch, Forward forward) {
    boolean areSingle = loss.kind() == PreferenceLoss.Kind.KTO;
    double kl = areSingle ? divergence(batch, forward.scope()) : 0;
    PaddedAnswers answers =
        PaddedAnswers.of(areSingle ? batch.firsts() : batch.all(), numWhole(batch));
    boolean recomputes = forward.training() && forward.gradientCheckpointing();
    Tensor hidden = answers.hidden(model, forward.scope(), recomputes);
    Tensor logProbs = model.logProbabilities(hidden, answers.positions(), answers.tokens());
    return Losses.function(
        logProbs,
        (x, gradient) -> {
          double[] slopes = new double[answers.size()];
          List<Scored> scores = scores(answers, x, batch.references());
          double sum = sum(batch, scores, kl, slopes);
          answers.addToTokens(slopes, gradient);
          sum += crossEntropy(batch, answers, x, gradient);
          for (int i = 0; i < gradient.length; i++) {
            gradient[i] /= forward.denominator();
          }
          return sum / forward.denominator();
        });
  }

  /** Scores a batch; the hidden states are in the scope. */
  Measured measure(PreferenceBatch batch, Scope scope) {
    PaddedAnswers answers = PaddedAnswers.of(batch.all(), numWhole(batch));
    Tensor hidden = answers.hidden(model, scope, false);
    double[] logProbs = logProbs(answers, hidden);
    List<Scored> scores = scores(answers, logProbs, batch.references());
    double kl = divergence(scores.subList(batch.batchSize(), scores.size()));
    double sum = sum(batch, scores, kl, new double[answers.size()]);
    sum += crossEntropy(batch, answers, logProbs, new double[logProbs.length]);
    return new Measured(sum, scores, answers, hidden);
  }

  private double[] logProbs(PaddedAnswers answers, Tensor hidden) {
    float[] found =
        model.logProbabilities(hidden, answers.positions(), answers.tokens()).toFloats();
    double[] wide = new double[found.length];
    Arrays.setAll(wide, i -> found[i]);
    return wide;
  }

  /** ORPO learns the chosen texts as a whole, prompts included, as in TRL. */
  private int numWhole(PreferenceBatch batch) {
    return loss.kind() == PreferenceLoss.Kind.ORPO ? batch.batchSize() : 0;
  }

  /** Estimates the divergence from the reference by answers to other prompts. */
  private double divergence(PreferenceBatch batch, Scope scope) {
    try (Scope inside = scope.child()) {
      PaddedAnswers mismatched = PaddedAnswers.of(batch.seconds(), 0);
      double[] logProbs = logProbs(mismatched, mismatched.hidden(model, inside, false));
      double[] references =
          batch.rows().stream().mapToDouble(PreferenceRow::secondReference).toArray();
      return divergence(scores(mismatched, logProbs, references));
    }
  }

  /**
   * Returns the scores of answers.
   *
   * @param logProbs N log-probabilities of their counted tokens
   * @param references log-probabilities of the answers under the reference model
   */
  private static List<Scored> scores(
      PaddedAnswers answers, double[] logProbs, double[] references) {
    List<Scored> scores = new ArrayList<>();
    for (int s = 0; s < answers.size(); s++) {
      int from = answers.answerStarts()[s];
      int to = answers.starts()[s + 1];
      double sum = Arrays.stream(logProbs, from, to).sum();
      scores.add(new Scored(sum, references[s], to - from));
    }
    return scores;
  }

  private static double divergence(List<Scored> mismatched) {
    return Math.max(0, mismatched.stream().mapToDouble(Scored::ratio).average().orElse(0));
  }

  /**
   * Returns the sum of the losses of the examples.
   *
   * @param scores scores of the firsts and, but for KTO, the seconds
   * @param slopes receives the derivatives with respect to their log-probabilities
   */
  private double sum(PreferenceBatch batch, List<Scored> scores, double kl, double[] slopes) {
    int B = batch.batchSize();
    double sum = 0;
    for (int b = 0; b < B; b++) {
      if (loss.kind() == PreferenceLoss.Kind.KTO) {
        PreferenceLoss.Term term =
            loss.single(scores.get(b), batch.rows().get(b).isDesirable(), kl);
        slopes[b] = term.dLogProb();
        sum += term.loss();
      } else {
        PreferenceLoss.PairTerm term = loss.pair(scores.get(b), scores.get(B + b));
        slopes[b] = term.dChosen();
        slopes[B + b] = term.dRejected();
        sum += term.loss();
      }
    }
    return sum;
  }

  /** Returns B times the mean cross entropy of the texts that count as a whole. */
  private double crossEntropy(
      PreferenceBatch batch, PaddedAnswers answers, double[] logProbs, double[] gradient) {
    int end = answers.starts()[numWhole(batch)];
    double sum = 0;
    for (int i = 0; i < end; i++) {
      sum -= logProbs[i];
      gradient[i] -= (double) batch.batchSize() / end;
    }
    return end == 0 ? 0 : sum * batch.batchSize() / end;
  }
}
