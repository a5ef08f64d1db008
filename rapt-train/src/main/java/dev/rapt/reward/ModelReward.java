package dev.rapt.reward;

import dev.rapt.text.RewardModel;
import dev.rapt.train.example.Example;
import java.util.List;

/**
 * The score of a reward model.
 *
 * @param model the model, which is closed with this
 */
public record ModelReward(RewardModel model) implements Reward, AutoCloseable {
  @Override
  public double of(String prompt, String answer, Example example) {
    return ofEach(prompt, List.of(answer), example)[0];
  }

  @Override
  public double[] ofEach(String prompt, List<String> answers, Example example) {
    return model.score(prompt, answers);
  }

  @Override
  public void close() {
    model.close();
  }
}
