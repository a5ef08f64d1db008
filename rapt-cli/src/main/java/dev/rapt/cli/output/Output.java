package dev.rapt.cli.output;

import java.io.PrintWriter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** The output streams of commands. Picocli sets the specification before it runs a command. */
public final class Output {
  private Output() {}

  /** The standard output of a command. */
  public static PrintWriter of(@Nullable CommandSpec spec) {
    return TerminalText.toOutput(Objects.requireNonNull(spec).commandLine().getOut());
  }

  /** The standard error of a command. */
  public static PrintWriter errorsOf(@Nullable CommandSpec spec) {
    return Objects.requireNonNull(spec).commandLine().getErr();
  }
}
