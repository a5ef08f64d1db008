package dev.rapt.train.task.reinforce;

import dev.rapt.train.random.KeyedPermutation;
import dev.rapt.train.random.Philox;
import java.util.ArrayList;
import java.util.List;

/**
 * How batches use rollouts: a rollout is what the model answers to some prompts with the weights of
 * one moment. Its answers are divided among the batches of one or more updates, and all of that is
 * done in one or more iterations, in another order each.
 *
 * @param prompts prompts of a batch
 * @param generations answers to a prompt
 * @param parts batches among which a rollout is divided: those of an update, times updates
 * @param updates updates of an iteration
 * @param iterations iterations over a rollout: mu in GRPO, epochs in PPO
 * @param seed seed of prompts and order
 */
record RolloutPlan(
    int prompts, int generations, int parts, int updates, int iterations, long seed) {
  private static final long ORDER_STREAM = -3;

  /** Returns the number of batches that use a rollout. */
  int uses() {
    return parts * iterations;
  }

  /** Returns the number of prompts of a rollout. */
  int promptsOfRollout() {
    return prompts * parts;
  }

  /** Returns the number of answers of a batch. */
  int answersOfBatch() {
    return prompts * generations;
  }

  /** Returns whether the weights change between uses of a rollout. */
  boolean isReused() {
    return updates * iterations > 1;
  }

  /**
   * Returns the part of a rollout's answers that a batch uses.
   *
   * @param use number of the use, counted from 0
   */
  <E> List<E> part(List<E> answers, long rollout, int use) {
    if (parts == 1) {
      return answers;
    }
    int iteration = use / parts;
    int size = answers.size() / parts;
    KeyedPermutation order =
        new KeyedPermutation(
            answers.size(), Philox.bits(seed, ORDER_STREAM, rollout * iterations + iteration));
    List<E> part = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      part.add(answers.get((int) order.at((long) use % parts * size + i)));
    }
    return part;
  }
}
