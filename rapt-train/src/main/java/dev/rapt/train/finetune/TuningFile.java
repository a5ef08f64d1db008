package dev.rapt.train.finetune;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.data.TextFingerprint;
import dev.rapt.train.task.TaskTemplate;
import dev.rapt.train.task.TuningSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a fine-tuning began with: {@code finetune.json} in the folder of the run, from which it is
 * resumed.
 *
 * @param spec what the fine-tuning does
 * @param files the files of examples, training examples first, then the chat template if the user
 *     names one
 * @param options the options of the training loop
 */
record TuningFile(TuningSpec spec, List<TextFingerprint> files, TrainOptions options) {
  private static final String NAME = "finetune.json";
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** Copies the list. */
  TuningFile {
    files = List.copyOf(files);
  }

  /** Reads the fingerprints of the files of a run. */
  static TuningFile of(TuningSpec spec, TrainOptions options) throws IOException {
    return new TuningFile(spec.withAbsolutePaths(), fingerprints(spec), options);
  }

  private static List<TextFingerprint> fingerprints(TuningSpec spec) throws IOException {
    List<TextFingerprint> prints = new ArrayList<>();
    for (String file : Stream.concat(spec.train().stream(), spec.heldOut().stream()).toList()) {
      prints.add(TextFingerprint.of(Path.of(file)));
    }
    String template = spec.settings().get(TaskTemplate.SETTING);
    if (template != null) {
      prints.add(TextFingerprint.of(Path.of(template)));
    }
    return prints;
  }

  /** Returns a copy with these options of the training loop. */
  TuningFile with(TrainOptions changed) {
    return new TuningFile(spec, files, changed);
  }

  void write(Path folder) {
    AtomicFiles.write(folder.resolve(NAME), MAPPER.writeValueAsBytes(this));
  }

  /**
   * Reads the file from the folder of a run.
   *
   * @throws CheckpointException if it is missing or damaged
   */
  static TuningFile read(Path folder) {
    Path file = folder.resolve(NAME);
    if (!Files.exists(file)) {
      throw new CheckpointException(
          folder, "must be the folder of a fine-tuning to resume, got one without " + NAME);
    }
    try {
      return MAPPER.treeToValue(JsonFiles.read(file), TuningFile.class);
    } catch (JacksonException e) {
      throw new CheckpointException(
          file, null, "must be as a fine-tuning writes it, but " + e.getOriginalMessage(), e);
    }
  }

  /**
   * Checks that the files of examples, and the chat template, have the content with which the run
   * began.
   *
   * @throws IllegalArgumentException if one has another
   */
  void requireSameFiles() throws IOException {
    List<TextFingerprint> now = fingerprints(spec);
    for (int i = 0; i < Math.min(now.size(), files.size()); i++) {
      now.get(i).requireContentOf(files.get(i));
    }
  }
}
