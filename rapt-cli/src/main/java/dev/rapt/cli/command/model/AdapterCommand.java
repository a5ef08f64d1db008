package dev.rapt.cli.command.model;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows adapters and merges them into models. */
@Command(
    name = "adapter",
    description = "Shows a LoRA or DoRA adapter, or merges it into its base model.",
    subcommands = {AdapterInfoCommand.class, AdapterMergeCommand.class})
public final class AdapterCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "COMMAND: must be info or merge, got none");
  }
}
