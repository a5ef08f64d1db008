package dev.rapt.cli;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.train.data.DocumentSplit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a run reads and in which order: {@code run.json} in its folder, with which it is resumed.
 *
 * @param texts absolute paths of what is trained on
 * @param heldOutTexts absolute paths of what is held out; none to hold out a part of the texts
 * @param heldOutShare share of the texts that is held out where there are no others
 * @param documents where documents end: {@code file}, {@code blank-lines}, or a separating text
 * @param separatesDocuments whether attention stays inside a document
 * @param batchSize sequences of a batch
 * @param seqLen tokens of a sequence
 * @param shuffles whether each window comes once an epoch; else windows begin anywhere
 * @param seed of the order
 */
record RunSpec(
    List<String> texts,
    List<String> heldOutTexts,
    double heldOutShare,
    String documents,
    boolean separatesDocuments,
    int batchSize,
    int seqLen,
    boolean shuffles,
    long seed) {
  private static final String FILE = "run.json";
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  RunSpec {
    texts = List.copyOf(texts);
    heldOutTexts = List.copyOf(heldOutTexts);
    if (!(heldOutShare > 0 && heldOutShare < 1)) {
      throw new IllegalArgumentException(
          "--val-fraction: must be between 0 and 1, got " + heldOutShare);
    }
  }

  /** Where documents end, as the shard builder asks for it. */
  DocumentSplit documentSplit() {
    return switch (documents) {
      case "file" -> DocumentSplit.perFile();
      case "blank-lines" -> DocumentSplit.blankLines();
      default -> DocumentSplit.at(documents);
    };
  }

  List<Path> textPaths() {
    return texts.stream().map(Path::of).toList();
  }

  List<Path> heldOutPaths() {
    return heldOutTexts.stream().map(Path::of).toList();
  }

  /** Writes it into the folder of the run. */
  void write(Path folder) {
    AtomicFiles.write(folder.resolve(FILE), MAPPER.writeValueAsBytes(this));
  }

  /**
   * Reads it from the folder of a run.
   *
   * @throws CommandException if that is none
   */
  static RunSpec read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      throw new CommandException(
          folder
              + ": must be the folder of a run to go on with, got one without "
              + FILE
              + "; name the folder that --out named");
    }
    try {
      return MAPPER.readValue(Files.readAllBytes(file), RunSpec.class);
    } catch (JacksonException e) {
      throw new CommandException(
          file + ": must be as rapt train wrote it, got " + e.getOriginalMessage(), e);
    }
  }
}
