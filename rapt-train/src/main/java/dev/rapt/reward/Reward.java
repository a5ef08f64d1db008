package dev.rapt.reward;

import dev.rapt.train.example.Example;
import java.util.List;

/**
 * Says how good an answer to a prompt is.
 *
 * <pre>{@code
 * Reward brief = (prompt, answer, example) -> answer.length() <= 40 ? 1 : 0;
 * }</pre>
 */
@FunctionalInterface
public interface Reward {
  /**
   * Returns the reward of an answer.
   *
   * @param prompt text of the prompt as the model reads it
   * @param answer text of the answer, without the end token
   * @param example the example with all its columns, such as the right answer
   * @return a finite number, the higher the better
   * @throws Exception if the answer cannot be checked; training then ends, naming the example
   */
  double of(String prompt, String answer, Example example) throws Exception;

  /** Returns the rewards of several answers to a prompt. */
  default double[] ofEach(String prompt, List<String> answers, Example example) throws Exception {
    double[] rewards = new double[answers.size()];
    for (int i = 0; i < rewards.length; i++) {
      rewards[i] = of(prompt, answers.get(i), example);
    }
    return rewards;
  }
}
