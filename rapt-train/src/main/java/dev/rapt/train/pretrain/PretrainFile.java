package dev.rapt.train.pretrain;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.pretrain.objective.PretrainSpec;
import dev.rapt.train.pretrain.objective.PretrainTexts;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a pretraining began with: {@code pretrain.json} in the folder of the run, from which it is
 * resumed.
 *
 * @param spec what the pretraining does
 * @param texts the texts
 * @param options the options of the training loop
 */
record PretrainFile(PretrainSpec spec, PretrainTexts texts, TrainOptions options) {
  private static final String NAME = "pretrain.json";
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** Returns a copy with these options of the training loop. */
  PretrainFile with(TrainOptions changed) {
    return new PretrainFile(spec, texts, changed);
  }

  void write(Path folder) {
    AtomicFiles.write(folder.resolve(NAME), MAPPER.writeValueAsBytes(this));
  }

  /**
   * Reads the file from the folder of a run.
   *
   * @throws CheckpointException if it is missing or damaged
   */
  static PretrainFile read(Path folder) {
    Path file = folder.resolve(NAME);
    if (!Files.exists(file)) {
      throw new CheckpointException(
          folder, "must be the folder of a pretraining to resume, got one without " + NAME);
    }
    try {
      return MAPPER.treeToValue(JsonFiles.read(file), PretrainFile.class);
    } catch (JacksonException e) {
      throw new CheckpointException(
          file, null, "must be as a pretraining writes it, but " + e.getOriginalMessage(), e);
    }
  }
}
