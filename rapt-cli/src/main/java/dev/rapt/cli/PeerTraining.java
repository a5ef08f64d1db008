package dev.rapt.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The same training steps in PyTorch, in a process of its own. */
final class PeerTraining {
  private static final String SCRIPT = "bench/train_pytorch.py";

  private PeerTraining() {}

  /**
   * What came out.
   *
   * @param tokensPerSecond of each step
   * @param peakBytes most memory of the process
   */
  record Measured(List<Double> tokensPerSecond, long peakBytes) {}

  /**
   * Runs whole steps for so long.
   *
   * @throws CommandException if that Python has no PyTorch, or the script fails
   */
  static Measured measure(String python, BenchShape shape, double seconds, boolean bf16)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(python, script().toString()));
    command.addAll(shape.peerOptions());
    command.add("--seconds=" + seconds);
    command.add("--dtype=" + (bf16 ? "bf16" : "f32"));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new CommandException(
            python + ": must run " + SCRIPT + ", got the error above; pip install torch numpy");
      }
      List<Double> speeds = new ArrayList<>();
      JsonNode result = JsonMapper.shared().readTree(output);
      for (JsonNode speed : result.required("tokens_per_second")) {
        speeds.add(speed.doubleValue());
      }
      return new Measured(speeds, result.required("peak_bytes").longValue());
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new CommandException(python + ": was interrupted", e);
    } catch (JacksonException e) {
      throw new CommandException(python + ": must print JSON, got " + output.strip(), e);
    }
  }

  /** The script lies in the repository, which the launcher names. */
  private static Path script() {
    Path script = Path.of(System.getProperty("rapt.home", "."), SCRIPT);
    if (!Files.exists(script)) {
      throw new CommandException(
          script + ": must be there to run a peer, got nothing; start with ./rapt");
    }
    return script;
  }
}
