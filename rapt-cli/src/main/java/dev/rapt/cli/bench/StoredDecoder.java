package dev.rapt.cli.bench;

import dev.rapt.cli.output.CommandException;
import dev.rapt.model.load.StoredModel;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The decoder that a benchmark runs, and llama.cpp to compare it with. */
public final class StoredDecoder {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description =
          "Folder of a decoder, or a GGUF file; rapt new makes one of a known shape with random"
              + " weights.")
  private Path model = Path.of("");

  @Option(
      names = "--peer",
      paramLabel = "DIR",
      description =
          "Folder in which npm install node-llama-cpp ran, to compare against (default: none); the"
              + " model must be a GGUF file.")
  private @Nullable String peer;

  /** The decoder with the sizes of the work. */
  public BenchDecoder with(int promptLen, int batchSize) {
    return new BenchDecoder(StoredModel.of(model), promptLen, batchSize);
  }

  /**
   * Returns Rapt and, if it was asked for, llama.cpp.
   *
   * @param task decode or prefill
   * @throws CommandException if llama.cpp cannot do the same work
   */
  public List<Contender> contenders(BenchDecoder decoder, Contender rapt, String task) {
    if (peer == null) {
      return List.of(rapt);
    }
    if (!StoredModel.isGguf(model)) {
      throw new CommandException(
          "--peer: must have a GGUF file, got %s; leave it out".formatted(model));
    }
    return List.of(rapt, decoder.llamaCpp(peer, task));
  }
}
