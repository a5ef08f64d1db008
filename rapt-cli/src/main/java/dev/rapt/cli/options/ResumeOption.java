package dev.rapt.cli.options;

import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** The option {@code --resume}, which continues a run with the options it began with. */
public final class ResumeOption {
  private ResumeOption() {}

  /**
   * Checks that a command line has no option of the run.
   *
   * @param allowed the options that may come with --resume
   * @throws ParameterException if it has another
   */
  public static void requireAlone(CommandSpec command, Set<String> allowed) {
    for (OptionSpec option : command.commandLine().getParseResult().matchedOptions()) {
      if (!allowed.contains(option.longestName())) {
        throw new ParameterException(
            command.commandLine(),
            "--resume: must come without options of the run, got "
                + option.longestName()
                + "; leave it out, or begin a new run");
      }
    }
  }
}
