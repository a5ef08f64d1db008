package dev.rapt.train.task.completion;

import dev.rapt.model.CausalLm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.TokenBatch;
import java.util.Arrays;
import java.util.List;

/**
 * Answers padded to the longest, S of length T, with the places of the tokens whose
 * log-probabilities count.
 *
 * @param size number of answers, S
 * @param seqLen T
 * @param ids (S, T)
 * @param positions N positions before counted tokens, counted through all answers
 * @param tokens N counted tokens
 * @param starts S + 1 beginnings in the counted tokens of the prompts or answers that count
 * @param answerStarts S beginnings of the answers alone
 */
@SuppressWarnings("ArrayRecordComponent") // plain data for kernels, never compared
public record PaddedAnswers(
    int size,
    int seqLen,
    int[] ids,
    int[] positions,
    int[] tokens,
    int[] starts,
    int[] answerStarts) {
  /**
   * Pads answers.
   *
   * @param numWhole number of answers, from the first, whose prompts count too
   */
  public static PaddedAnswers of(List<Answer> answers, int numWhole) {
    int S = answers.size();
    int T = answers.stream().mapToInt(Answer::length).max().orElse(0);
    int[] ids = new int[S * T];
    int[] positions = new int[S * T];
    int[] tokens = new int[S * T];
    int[] starts = new int[S + 1];
    int[] answerStarts = new int[S];
    int n = 0;
    for (int s = 0; s < S; s++) {
      Answer answer = answers.get(s);
      System.arraycopy(answer.ids(), 0, ids, s * T, answer.length());
      for (int t = s < numWhole ? 1 : answer.firstPredicted(); t < answer.length(); t++) {
        positions[n] = s * T + t - 1;
        tokens[n++] = answer.ids()[t];
      }
      starts[s + 1] = n;
      answerStarts[s] = n - (answer.length() - answer.firstPredicted());
    }
    return new PaddedAnswers(
        S, T, ids, Arrays.copyOf(positions, n), Arrays.copyOf(tokens, n), starts, answerStarts);
  }

  /** Maps the tokens to the hidden states (S, T, D) of a model, without dropout. */
  public Tensor hidden(CausalLm model, Scope scope, boolean gradientCheckpointing) {
    Tensor tensor = scope.ints(ids, size, seqLen);
    Pass pass = Pass.over(tensor).gradientCheckpointing(gradientCheckpointing).build();
    return model.hidden(tensor, pass);
  }

  /**
   * Returns the targets (S, T) of the tokens of answers, -100 elsewhere.
   *
   * @param numAnswers number of answers, from the first, that have targets
   */
  public int[] targets(int numAnswers) {
    int[] targets = new int[size * seqLen];
    Arrays.fill(targets, TokenBatch.IGNORED);
    for (int s = 0; s < numAnswers; s++) {
      for (int i = answerStarts[s]; i < starts[s + 1]; i++) {
        targets[positions[i]] = tokens[i];
      }
    }
    return targets;
  }

  /** Adds derivatives with respect to the log-probabilities of the answers to those of tokens. */
  public void addToTokens(double[] dAnswers, double[] dTokens) {
    for (int s = 0; s < size; s++) {
      for (int i = answerStarts[s]; i < starts[s + 1]; i++) {
        dTokens[i] += dAnswers[s];
      }
    }
  }
}
