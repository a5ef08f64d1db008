package dev.rapt.cli.run;

import dev.rapt.cli.output.ExitStatus;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Program;
import dev.rapt.train.TrainResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a command that trains shows when its run has ended.
 *
 * @param command name of the command, by which a run that was stopped is resumed
 * @param folder folder of the run
 * @param result result of the run
 */
public record RunReport(String command, Path folder, TrainResult result) {
  private static final String LINE = "%-12s %s";

  /** Draws the loss curve into the folder, unless the run made no step. */
  public RunReport draw(TrainingView view) throws IOException {
    if (!view.plot().isEmpty()) {
      view.plot().write(picture(), folder.getFileName() + ": loss");
    }
    return this;
  }

  private Path picture() {
    return folder.resolve("loss.png");
  }

  /** Returns the exit status of the command. */
  public int exitStatus() {
    return exitStatus(result);
  }

  /** Returns the exit status of the command that made this run. */
  public static int exitStatus(TrainResult result) {
    return result.stopped() ? ExitStatus.STOPPED : ExitStatus.OK;
  }

  /** Returns what {@code --json} prints of every run. */
  public Map<String, Object> json() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("folder", folder.toString());
    map.put("steps", result.steps());
    map.put("tokens", result.tokensSeen());
    map.put("seconds", result.seconds());
    map.put("stopped", result.stopped());
    map.put("loss", result.loss());
    return map;
  }

  /** Prints how long the run was. */
  public void printLength(PrintWriter out) {
    out.println(
        Format.format(
            "%s after %d steps, %s tokens, %s",
            result.stopped() ? "stopped" : result.endedEarly() ? "ended early" : "done",
            result.steps(),
            Format.count(result.tokensSeen()),
            Format.duration(Duration.ofMillis(Math.round(1000 * result.seconds())))));
  }

  /**
   * Prints a hint if the model has not learnt.
   *
   * @param problem what shows it; null if nothing does
   */
  public static void printProblem(PrintWriter out, @Nullable String problem) {
    if (problem != null) {
      out.println(
          "hint: %s; try another learning rate with --lr, or a longer run with --epochs"
              .formatted(problem));
    }
  }

  /**
   * Prints where the files of the run are and how to go on with them.
   *
   * @param more further files and folders, by what they are
   * @param next command lines, without the name of the program
   */
  public void printFiles(PrintWriter out, Map<String, Path> more, List<String> next) {
    Map<String, Path> files = new LinkedHashMap<>();
    files.put("model", folder);
    files.put("metrics", folder.resolve("metrics.jsonl"));
    files.put("loss curve", picture());
    files.putAll(more);
    files.forEach((name, file) -> out.println(Format.format(LINE, name, file)));
    List<String> commands = new ArrayList<>();
    next.forEach(line -> commands.add(Program.name() + " " + line));
    if (result.stopped()) {
      commands.add(Program.line(command, "--resume", "--out", folder));
    }
    for (int i = 0; i < commands.size(); i++) {
      out.println(Format.format(LINE, i == 0 ? "next" : "", commands.get(i)));
    }
  }
}
