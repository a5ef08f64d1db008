package dev.rapt.train.task.reinforce;

import java.util.Arrays;
import java.util.List;

/**
 * A prompt with some answers and their rewards.
 *
 * @param rewards one for each answer
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Group(PromptRow prompt, List<SampledAnswer> answers, double[] rewards) {
  /** Returns whether the rewards tell the answers apart. */
  boolean hasSignal() {
    return Arrays.stream(rewards).anyMatch(reward -> reward != rewards[0]);
  }
}
