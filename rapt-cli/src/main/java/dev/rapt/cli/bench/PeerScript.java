package dev.rapt.cli.bench;

import dev.rapt.cli.output.CommandException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The same work in another library, in a process of its own.
 *
 * @param name name of the library
 * @param program the interpreter
 * @param missing error if it cannot be started
 * @param script path of the script in the repository
 * @param options options of the script, without the time
 * @param install command that installs what the script needs
 */
record PeerScript(
    String name,
    String program,
    String missing,
    String script,
    List<String> options,
    String install)
    implements Contender {
  /** A script in Python. */
  static PeerScript python(
      String name, String python, String script, List<String> options, String packages) {
    String missing =
        "--peer: must be a Python interpreter, got %s, which cannot be started; check the path"
            .formatted(python);
    return new PeerScript(name, python, missing, script, options, "pip install " + packages);
  }

  /** A script for Node.js. */
  static PeerScript node(String name, String script, List<String> options, String packages) {
    String missing = "--peer: must have Node.js on the PATH, got no node; install it";
    return new PeerScript(name, "node", missing, script, options, "npm install " + packages);
  }

  /**
   * {@inheritDoc}
   *
   * @throws CommandException if a package is missing or the script fails
   */
  @Override
  public Outcome measure(double seconds) throws IOException {
    List<String> command = new ArrayList<>(List.of(program, path().toString()));
    command.addAll(options);
    command.add("--seconds=" + seconds);
    Process process = start(command);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new CommandException(
            "%s: must run %s, got the error above; %s".formatted(program, script, install));
      }
      JsonNode result = JsonMapper.shared().readTree(output);
      if (result.has("missing")) {
        return new Missing(result.required("missing").stringValue());
      }
      List<Double> speeds = new ArrayList<>();
      for (JsonNode speed : result.required("per_second")) {
        speeds.add(speed.doubleValue());
      }
      return new Measured(speeds, result.required("peak_bytes").longValue(), Double.NaN);
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new CommandException(program + ": must finish, got an interrupt", e);
    } catch (JacksonException e) {
      throw new CommandException(program + ": must print JSON, got " + output.strip(), e);
    }
  }

  private Process start(List<String> command) {
    try {
      return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    } catch (IOException e) {
      throw new CommandException(missing, e);
    }
  }

  /** The path of the script; the launcher sets the repository. */
  private Path path() {
    Path path = Path.of(System.getProperty("rapt.home", "."), script);
    if (!Files.exists(path)) {
      throw new CommandException(
          path + ": must exist for --peer, got nothing; start Rapt by its launcher");
    }
    return path;
  }
}
