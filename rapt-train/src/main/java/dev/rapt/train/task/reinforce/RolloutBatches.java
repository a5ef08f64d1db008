package dev.rapt.train.task.reinforce;

import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.random.KeyedPermutation;
import dev.rapt.train.random.Philox;
import java.util.ArrayList;
import java.util.List;

/**
 * Prompts once per epoch, in a different random order each epoch, for one rollout after the other.
 *
 * @param rows the prompts
 * @param seqLen most tokens of a prompt with its answer
 */
record RolloutBatches(List<PromptRow> rows, RolloutPlan plan, int seqLen)
    implements BatchSampler<RolloutBatch> {
  private static final long EPOCH_STREAM = -1;
  private static final long SPARE_STREAM = -2;

  @Override
  public int batchSize() {
    return plan.answersOfBatch();
  }

  @Override
  public RolloutBatch batch(long step) {
    return new RolloutBatch(step / plan.uses(), (int) (step % plan.uses()), plan.answersOfBatch());
  }

  @Override
  public long stepsPerEpoch() {
    return (long) Math.ceilDiv(rows.size(), plan.promptsOfRollout()) * plan.uses();
  }

  /** Returns the prompts of a rollout. */
  List<PromptRow> prompts(long rollout) {
    List<PromptRow> prompts = new ArrayList<>();
    for (int i = 0; i < plan.promptsOfRollout(); i++) {
      long at = rollout * plan.promptsOfRollout() + i;
      prompts.add(row(EPOCH_STREAM, at / rows.size(), at % rows.size()));
    }
    return prompts;
  }

  /** Returns the prompts from which those of a rollout without signal are replaced. */
  List<PromptRow> spares(long rollout, int from, int count) {
    List<PromptRow> spares = new ArrayList<>();
    for (int i = from; i < from + count; i++) {
      spares.add(row(SPARE_STREAM, rollout, i % rows.size()));
    }
    return spares;
  }

  private PromptRow row(long stream, long key, long at) {
    long bits = Philox.bits(plan.seed(), stream, key);
    return rows.get((int) new KeyedPermutation(rows.size(), bits).at(at));
  }
}
