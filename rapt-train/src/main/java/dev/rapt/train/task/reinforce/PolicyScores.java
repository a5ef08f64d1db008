package dev.rapt.train.task.reinforce;

import dev.rapt.model.CausalLm;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.task.completion.Answer;
import dev.rapt.train.task.completion.PaddedAnswers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Log-probabilities of the tokens of answers, without gradients.
 *
 * @param temperature divides the logits
 * @param rows answers that are run at a time
 */
record PolicyScores(double temperature, int rows) {
  /** What is computed from hidden states: one number for each counted token. */
  @FunctionalInterface
  interface OfHidden {
    /** Maps hidden states (S, T, D) of answers to N numbers. */
    double[] of(Tensor hidden, PaddedAnswers answers);
  }

  /** Returns the log-probabilities of each answer's tokens. */
  List<double[]> logProbs(CausalLm model, List<Answer> answers) {
    return compute(model, answers, (hidden, padded) -> logProbs(model, hidden, padded));
  }

  private double[] logProbs(CausalLm model, Tensor hidden, PaddedAnswers padded) {
    return wide(model.logProbabilities(hidden, padded.positions(), padded.tokens(), temperature));
  }

  /** Returns the elements of a tensor in f32. */
  static double[] wide(Tensor tensor) {
    float[] narrow = tensor.toFloats();
    double[] wide = new double[narrow.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = narrow[i];
    }
    return wide;
  }

  /** Returns what is computed from the hidden states of each answer. */
  List<double[]> compute(CausalLm model, List<Answer> answers, OfHidden function) {
    List<double[]> found = new ArrayList<>();
    for (int from = 0; from < answers.size(); from += rows) {
      List<Answer> some = answers.subList(from, Math.min(answers.size(), from + rows));
      PaddedAnswers padded = PaddedAnswers.of(some, 0);
      try (Scope scope = model.scope().child()) {
        double[] all = function.of(padded.hidden(model, scope, false), padded);
        for (int s = 0; s < some.size(); s++) {
          found.add(Arrays.copyOfRange(all, padded.starts()[s], padded.starts()[s + 1]));
        }
      }
    }
    return found;
  }
}
