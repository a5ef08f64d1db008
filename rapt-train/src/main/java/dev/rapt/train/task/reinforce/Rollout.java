package dev.rapt.train.task.reinforce;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.train.task.reinforce.loss.Episode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers that were sampled with the weights of one moment.
 *
 * @param number number of the rollout, counted from 0
 * @param episodes the answers
 * @param metrics what was measured when they were sampled, by name
 */
record Rollout(long number, List<Episode> episodes, LinkedHashMap<String, Double> metrics) {
  private static final String NAME = "training/rollout.json";
  private static final JsonMapper MAPPER = JsonMapper.shared();

  /** Returns the number of tokens of all answers that count in the loss. */
  long counted() {
    return episodes.stream().mapToLong(Episode::counted).sum();
  }

  /** Writes a rollout that is not yet used up to the folder of a checkpoint. */
  void write(Path checkpoint) {
    JsonFiles.write(checkpoint.resolve(NAME), this);
  }

  /**
   * Reads the rollout of a checkpoint, if it has one.
   *
   * @throws CheckpointException if the file is damaged
   */
  static Optional<Rollout> read(Path checkpoint) {
    Path file = checkpoint.resolve(NAME);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(MAPPER.treeToValue(JsonFiles.read(file), Rollout.class));
    } catch (JacksonException e) {
      throw new CheckpointException(
          file, null, "must be as training writes it, but " + e.getOriginalMessage(), e);
    }
  }
}
