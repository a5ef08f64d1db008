package dev.rapt.train.task.prefer;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.train.data.TextFingerprint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Log-probabilities of the examples under the model that the run began with: {@code reference.json}
 * in the folder of the run, which a resumed run reads.
 *
 * @param model the files of that model
 * @param train those of the first and the second answer of each training example; empty for a loss
 *     without reference
 * @param heldOut those of each held-out example
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ReferenceScores(List<TextFingerprint> model, double[][] train, double[][] heldOut) {
  private static final String NAME = "reference.json";
  private static final JsonMapper MAPPER = JsonMapper.shared();

  /** Returns the fingerprints of the files of a model. */
  static List<TextFingerprint> fingerprints(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> entries = Files.list(folder)) {
      files = entries.filter(ReferenceScores::isOfModel).sorted().toList();
    }
    List<TextFingerprint> prints = new ArrayList<>();
    for (Path file : files) {
      prints.add(TextFingerprint.of(file));
    }
    return prints;
  }

  private static boolean isOfModel(Path file) {
    String name = file.getFileName().toString();
    return name.equals("config.json") || name.endsWith(".safetensors") || name.endsWith(".bin");
  }

  void write(Path folder) {
    JsonFiles.write(folder.resolve(NAME), this);
  }

  /**
   * Reads the file of a run that is resumed.
   *
   * @param model folder of the model that the run began with
   * @param numHeldOut number of held-out examples
   * @throws CheckpointException if it is missing or damaged
   * @throws IllegalArgumentException if the model is no longer the same
   */
  static ReferenceScores read(Path folder, Path model, int numHeldOut) throws IOException {
    Path file = folder.resolve(NAME);
    ReferenceScores scores;
    try {
      scores = MAPPER.treeToValue(JsonFiles.read(file), ReferenceScores.class);
    } catch (JacksonException e) {
      throw new CheckpointException(
          file, null, "must be as preference tuning writes it, but " + e.getOriginalMessage(), e);
    }
    List<TextFingerprint> now = fingerprints(model);
    if (now.size() != scores.model.size()) {
      throw new IllegalArgumentException(
          "%s: must be the model with which the run began, of %d files, got %d; restore it, or begin a new run"
              .formatted(model, scores.model.size(), now.size()));
    }
    for (int i = 0; i < now.size(); i++) {
      now.get(i).requireContentOf(scores.model.get(i));
    }
    if (scores.heldOut.length != numHeldOut) {
      throw new CheckpointException(
          file,
          "must have the %d held-out examples of the run, got %d"
              .formatted(numHeldOut, scores.heldOut.length));
    }
    return scores;
  }

  /** Returns examples with their log-probabilities. */
  static List<PreferenceRow> addTo(List<PreferenceRow> rows, double[][] scores) {
    List<PreferenceRow> known = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      known.add(rows.get(i).withReference(scores[i][0], scores[i][1]));
    }
    return known;
  }
}
