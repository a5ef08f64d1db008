package dev.rapt.cli.run;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.cli.output.CommandException;
import dev.rapt.train.data.DocumentSplit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The data of a run and their order, stored as {@code run.json} in its folder to resume the run.
 *
 * @param texts absolute paths of the training texts
 * @param heldOutTexts absolute paths of the held-out texts; empty to hold out a share of the texts
 * @param heldOutShare share of the texts that is held out if there are no held-out texts
 * @param documents end of a document: {@code file}, {@code blank-lines}, or a separator
 * @param separatesDocuments whether attention is masked between documents
 * @param batchSize sequences of a batch
 * @param seqLen tokens of a sequence
 * @param shuffles whether each window occurs once an epoch; otherwise windows begin at random
 * @param seed seed of the order
 */
public record RunSpec(
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

  /** Copies the lists and checks the share. */
  public RunSpec {
    texts = List.copyOf(texts);
    heldOutTexts = List.copyOf(heldOutTexts);
    if (!(heldOutShare > 0 && heldOutShare < 1)) {
      throw new IllegalArgumentException(
          "--val-fraction: must be between 0 and 1, got " + heldOutShare);
    }
  }

  /** The end of documents, for the shard builder. */
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

  /** Writes the file into the folder of the run. */
  public void write(Path folder) {
    AtomicFiles.write(folder.resolve(FILE), MAPPER.writeValueAsBytes(this));
  }

  /**
   * Reads the file from the folder of a run.
   *
   * @throws CommandException if it is missing or damaged
   */
  public static RunSpec read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      throw new CommandException(
          folder
              + ": must be the folder of a run to resume, got one without "
              + FILE
              + "; pass the --out of that run");
    }
    try {
      return MAPPER.readValue(Files.readAllBytes(file), RunSpec.class);
    } catch (JacksonException e) {
      throw new CommandException(
          file + ": must be as rapt train writes it, got " + e.getOriginalMessage(), e);
    }
  }
}
