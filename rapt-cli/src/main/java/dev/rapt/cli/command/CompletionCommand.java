package dev.rapt.cli.command;

import dev.rapt.cli.output.Output;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints a script by which a shell completes commands, options and their values. */
@Command(
    name = CompletionCommand.NAME,
    description = {
      "Prints a script by which the Tab key completes commands, options, values and file names.",
      "bash: add to ~/.bashrc  source <(rapt completion bash);  zsh: add to ~/.zshrc  source"
          + " <(rapt completion zsh)."
    })
final class CompletionCommand implements Callable<Integer> {
  static final String NAME = "completion";

  /** Shells that run the script. */
  enum Shell {
    bash,
    zsh
  }

  /** The values of an option, which picocli names by the label of its parameter. */
  private static final Pattern VALUES =
      Pattern.compile("local \\w+_option_args=(\\(.*\\)) # --([\\w-]+) values");

  /** The place where the values of an option are read. */
  private static final Pattern USE =
      Pattern.compile("('--([\\w-]+)'\\)\\s+local IFS=.*\\s+.*\\$\\{)\\w+_option_args");

  @Parameters(paramLabel = "SHELL", description = "Shell: bash or zsh.")
  private Shell shell = Shell.bash;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    // one script for both: it switches zsh to bash's form of completion
    String script = AutoComplete.bash("rapt", Objects.requireNonNull(spec).parent().commandLine());
    script = VALUES.matcher(script).replaceAll(CompletionCommand::values);
    script = USE.matcher(script).replaceAll(use -> use.group(1).replace("$", "\\$") + name(use));
    Output.of(spec).println("# Completion of rapt for " + shell.name());
    Output.of(spec).print(script);
    Output.of(spec).flush();
    return 0;
  }

  /** Picocli writes the names of enums in upper case. */
  private static String values(MatchResult option) {
    return "local %s=%s".formatted(name(option), option.group(1).toLowerCase(Locale.ROOT));
  }

  /** A variable for the option alone: options with the same label have different values. */
  private static String name(MatchResult option) {
    return option.group(2).replace('-', '_') + "_values";
  }
}
