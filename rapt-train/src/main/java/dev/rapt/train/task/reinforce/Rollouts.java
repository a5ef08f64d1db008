package dev.rapt.train.task.reinforce;

import dev.rapt.train.task.completion.PaddedAnswers;
import dev.rapt.train.task.reinforce.loss.Episode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The rollout that batches use: it is made when the first of them is used, and kept in checkpoints
 * until the last has been.
 */
final class Rollouts {
  private final RolloutPlan plan;
  private final LongFunction<Rollout> maker;
  private @Nullable Rollout current;
  private int used;

  /**
   * Rollouts.
   *
   * @param maker makes the rollout of a number with the weights as they are
   */
  Rollouts(RolloutPlan plan, LongFunction<Rollout> maker) {
    this.plan = plan;
    this.maker = maker;
  }

  /**
   * What a batch trains on.
   *
   * @param rollout the whole rollout
   * @param episodes the answers of the batch
   * @param padded their tokens
   */
  record Part(Rollout rollout, List<Episode> episodes, PaddedAnswers padded) {}

  /** Returns the rollout, after the batch has been given its size. */
  Part at(RolloutBatch batch) {
    Rollout rollout = current;
    if (rollout == null || rollout.number() != batch.rollout()) {
      rollout = maker.apply(batch.rollout());
      current = rollout;
    }
    used = batch.use() + 1;
    List<Episode> episodes = plan.part(rollout.episodes(), rollout.number(), batch.use());
    PaddedAnswers padded = PaddedAnswers.of(episodes.stream().map(Episode::answer).toList(), 0);
    batch.sampled((long) padded.size() * padded.seqLen());
    return new Part(rollout, episodes, padded);
  }

  /** Takes up the rollout of a checkpoint, if it has one. */
  void restore(Path checkpoint) {
    current = Rollout.read(checkpoint).orElse(null);
  }

  /** Writes a rollout that is not yet used up to the folder of a checkpoint. */
  void write(Path folder) {
    boolean isCheckpoint = Files.isDirectory(folder.resolve("training"));
    if (isCheckpoint && current != null && used < plan.uses()) {
      current.write(folder);
    }
  }
}
