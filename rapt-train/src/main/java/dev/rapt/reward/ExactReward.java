package dev.rapt.reward;

import dev.rapt.train.example.Example;

/**
 * 1 if an answer is the right one, apart from white space around it, else 0.
 *
 * @param column column of the right answer
 */
public record ExactReward(String column) implements Reward {
  @Override
  public double of(String prompt, String answer, Example example) {
    return answer.strip().equals(example.text(column).strip()) ? 1 : 0;
  }
}
