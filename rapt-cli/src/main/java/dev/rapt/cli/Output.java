package dev.rapt.cli;

import java.io.PrintWriter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** Where commands write. Picocli sets the specification before it runs a command. */
final class Output {
  private Output() {}

  /** The standard output of a command. */
  static PrintWriter of(@Nullable CommandSpec spec) {
    return Objects.requireNonNull(spec).commandLine().getOut();
  }

  /** The standard error of a command. */
  static PrintWriter errorsOf(@Nullable CommandSpec spec) {
    return Objects.requireNonNull(spec).commandLine().getErr();
  }
}
