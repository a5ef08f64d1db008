package dev.rapt.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Benchmarks of whole runs. */
@Command(
    name = "bench",
    description = "Measures whole runs on this machine, beside another library where it is there.",
    subcommands = {BenchEncodeCommand.class, BenchTrainCommand.class})
final class BenchCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "what to measure is missing: encode or train");
  }
}
