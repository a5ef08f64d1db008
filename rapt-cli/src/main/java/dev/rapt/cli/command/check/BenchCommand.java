package dev.rapt.cli.command.check;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Benchmarks of whole runs. */
@Command(
    name = "bench",
    description =
        "Measures the speed of whole runs, and compares it with other libraries on request.",
    subcommands = {
      BenchTrainCommand.class,
      BenchEncodeCommand.class,
      BenchDecodeCommand.class,
      BenchPrefillCommand.class,
      BenchBatchCommand.class
    })
public final class BenchCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(),
        "BENCHMARK: must be train, encode, decode, prefill or batch, got none");
  }
}
