package dev.rapt.cli.run;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.cli.output.CommandException;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.data.TextFingerprint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a run began with: {@code run.json} in its folder and in its checkpoints, by which {@code
 * --resume} finds out whether it would continue the same run.
 *
 * @param data how the texts are read
 * @param texts the training texts
 * @param heldOutTexts the held-out texts; empty if a share of the texts is held out
 * @param tokenizer SHA-256 of tokenizer.json
 * @param shards fingerprint of the encoded training texts
 * @param heldOutShards fingerprint of the encoded held-out texts, if there are any
 * @param options the options of the training
 */
public record RunFile(
    RunSpec data,
    List<TextFingerprint> texts,
    List<TextFingerprint> heldOutTexts,
    String tokenizer,
    String shards,
    @Nullable String heldOutShards,
    TrainOptions options) {
  private static final String FILE = "run.json";
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** Copies the lists. */
  public RunFile {
    texts = List.copyOf(texts);
    heldOutTexts = List.copyOf(heldOutTexts);
  }

  /** What a run with these texts, this tokenizer and these options begins with. */
  public static RunFile of(RunSpec data, RunText text, String tokenizer, TrainOptions options) {
    return new RunFile(
        data,
        text.trainShards().sources(),
        text.heldOutShards().map(shards -> shards.sources()).orElse(List.of()),
        tokenizer,
        text.trainShards().fingerprint(),
        text.heldOutShards().map(shards -> shards.fingerprint()).orElse(null),
        options);
  }

  /** Writes the file into the folder of the run or of a checkpoint. */
  public void write(Path folder) {
    AtomicFiles.write(folder.resolve(FILE), MAPPER.writeValueAsBytes(this));
  }

  /**
   * Reads the file from the folder of a run.
   *
   * @throws CommandException if it is missing or damaged
   */
  public static RunFile read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      throw new CommandException(
          folder
              + ": must be the folder of a run to resume, got one without "
              + FILE
              + "; pass the --out of that run");
    }
    try {
      return MAPPER.readValue(Files.readAllBytes(file), RunFile.class);
    } catch (JacksonException e) {
      throw new CommandException(
          file + ": must be as rapt train writes it, got " + e.getOriginalMessage(), e);
    }
  }

  /**
   * Checks that the options are those with which a checkpoint was written.
   *
   * @param folder the folder of the run
   * @param state the options in the state of the checkpoint
   * @throws CommandException if one differs, with its name
   */
  public void requireOptionsOf(Path folder, Path checkpoint, TrainOptions state)
      throws IOException {
    requireEqual(folder, checkpoint, "options", options, state);
    requireEqual(folder, checkpoint, "data", data, read(checkpoint).data);
  }

  private static void requireEqual(
      Path folder, Path checkpoint, String part, Object here, Object there) {
    ObjectNode before = MAPPER.valueToTree(there);
    ObjectNode now = MAPPER.valueToTree(here);
    for (Map.Entry<String, JsonNode> entry : before.properties()) {
      JsonNode value = now.get(entry.getKey());
      if (!entry.getValue().equals(value)) {
        throw new CommandException(
            "%s: %s.%s must be %s as in %s, got %s; restore it, or begin a new run"
                .formatted(
                    folder.resolve(FILE),
                    part,
                    entry.getKey(),
                    entry.getValue(),
                    checkpoint,
                    value));
      }
    }
  }
}
