package dev.rapt.train.finetune;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.train.TrainListener;
import dev.rapt.train.task.TaskRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Keeps the best evaluation with its details: {@code evaluation.json} in the folder of the run. */
final class BestEvaluation implements TrainListener {
  private static final String NAME = "evaluation.json";
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final TaskRun<?> run;
  private final Path folder;
  private Content content;

  /**
   * What the file holds.
   *
   * @param step number of updates made before
   * @param loss mean loss of the held-out examples
   * @param metrics metrics by name
   * @param details details as numbers
   * @param report the same as lines of text
   */
  record Content(
      long step,
      double loss,
      LinkedHashMap<String, Double> metrics,
      LinkedHashMap<String, Object> details,
      List<String> report) {
    private static final Content NONE =
        new Content(0, Double.NaN, new LinkedHashMap<>(), new LinkedHashMap<>(), List.of());
  }

  /** Begins with what the folder holds from the part of the run before a resume. */
  BestEvaluation(TaskRun<?> run, Path folder) {
    this.run = run;
    this.folder = folder;
    Path file = folder.resolve(NAME);
    try {
      content =
          Files.exists(file)
              ? MAPPER.treeToValue(JsonFiles.read(file), Content.class)
              : Content.NONE;
    } catch (JacksonException e) {
      throw new CheckpointException(
          file, null, "must be as a fine-tuning writes it, but " + e.getOriginalMessage(), e);
    }
  }

  @Override
  public void onEvaluation(Evaluation evaluation) {
    if (evaluation.best()) {
      content =
          new Content(
              evaluation.step(),
              evaluation.loss(),
              new LinkedHashMap<>(evaluation.metrics()),
              new LinkedHashMap<>(run.figures()),
              run.details());
      AtomicFiles.write(folder.resolve(NAME), MAPPER.writeValueAsBytes(content));
    }
  }

  Map<String, Double> metrics() {
    return content.metrics();
  }

  Map<String, Object> figures() {
    return content.details();
  }

  List<String> details() {
    return content.report();
  }
}
