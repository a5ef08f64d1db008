package dev.rapt.cli;

import dev.rapt.cli.command.Commands;
import dev.rapt.cli.files.PathReader;
import dev.rapt.cli.machine.Version;
import dev.rapt.cli.options.Choices;
import dev.rapt.cli.options.Numbers;
import dev.rapt.cli.options.Ranges;
import dev.rapt.cli.output.ExitStatus;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The command {@code rapt}: sets up the commands, their parsing and the handling of their errors.
 */
@Command(
    name = "rapt",
    description = "Transformer language models for the JVM: tokenize, train, generate, evaluate.",
    versionProvider = Version.class,
    scope = ScopeType.INHERIT,
    sortOptions = false,
    usageHelpAutoWidth = true,
    abbreviateSynopsis = true,
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    parameterListHeading = "%nArguments:%n",
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:success",
      "1:failure: a file, model or input that cannot be used",
      "2:wrong usage: an option or argument that is wrong or missing",
      "130:training stopped by Ctrl-C or SIGTERM, with a checkpoint saved"
    })
public final class Rapt implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @CommandLine.Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Shows this help.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean help;

  @CommandLine.Option(
      names = {"-V", "--version"},
      versionHelp = true,
      scope = ScopeType.INHERIT,
      description = "Shows the version.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean version;

  @CommandLine.Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Prints stack traces of failures; RAPT_DEBUG=1 does the same.")
  private boolean debug;

  boolean showsTrace() {
    String environment = System.getenv("RAPT_DEBUG");
    return debug || (environment != null && !environment.isEmpty() && !environment.equals("0"));
  }

  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "COMMAND: must be given, got none");
  }

  /** Runs a command and ends the process with its exit status. */
  public static void main(String[] args) {
    PrintWriter out = StandardOutput.open();
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int status;
    try {
      StandardInput.emptyIfClosed();
      status = run(out, err, RawArguments.of(args));
    } catch (IllegalArgumentException e) { // of the arguments: run reports its own
      status = Failures.print(e, err, false);
    } catch (OutOfMemoryError | StackOverflowError | ExceptionInInitializerError e) {
      status = Failures.print(e, err, false);
    }
    try {
      out.flush();
    } catch (OutputException e) {
      status = Failures.print(e, err, false);
    }
    err.flush();
    System.exit(status);
  }

  /** Runs a command and returns its exit status. */
  public static int run(PrintWriter out, PrintWriter err, String... args) {
    List<String> words = List.of(args);
    if (words.isEmpty()) {
      err.print(RootHelp.text());
      err.flush();
      return ExitStatus.USAGE;
    }
    try {
      if (words.equals(List.of("--help")) || words.equals(List.of("help"))) {
        out.print(RootHelp.text());
        out.flush();
        return ExitStatus.OK;
      }
    } catch (OutputException e) {
      return Failures.print(e, err, false);
    }
    Optional<String> command = words.stream().filter(word -> !word.startsWith("-")).findFirst();
    if (command.isPresent() && !Commands.summaries().containsKey(command.get())) {
      err.println("rapt: " + Commands.unknown(command.get()) + "; see rapt --help");
      return ExitStatus.USAGE;
    }
    return commandLine(out, err, words).execute(args);
  }

  /** Runs what was parsed; help is printed here, too, and its reader may be gone. */
  private static int executed(ParseResult parsed, PrintWriter err) {
    try {
      checkRanges(parsed);
      return new RunLast().execute(parsed);
    } catch (OutputException e) {
      return Failures.print(e, err, false);
    }
  }

  private static void checkRanges(ParseResult parsed) {
    ParseResult last = parsed;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    if (!last.isUsageHelpRequested() && !last.isVersionHelpRequested()) {
      Ranges.check(last);
    }
  }

  /**
   * The command line as picocli parses it.
   *
   * @param words the arguments; of the commands, it has those that they name
   */
  static CommandLine commandLine(PrintWriter out, PrintWriter err, List<String> words) {
    CommandLine line = new CommandLine(new Rapt());
    line.setHelpSectionKeys(List.of("rapt")); // before commands are added, which keep their own
    line.getHelpSectionMap().put("rapt", _ -> RootHelp.text());
    Commands.addTo(line, words);
    line.setOut(out);
    line.setErr(err);
    line.setExpandAtFiles(false); // a text may begin with @
    line.registerConverter(Path.class, new PathReader());
    Numbers.register(line);
    Choices.register(line);
    GroupedOptions.install(line);
    line.setExecutionStrategy(parsed -> executed(parsed, err));
    line.setExitCodeExceptionMapper(_ -> ExitStatus.FAILED);
    line.setParameterExceptionHandler(Failures::usage);
    line.setExecutionExceptionHandler(Failures::failed);
    return line;
  }
}
