package dev.rapt.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code rapt}: wires the commands together and gives each the same manners. */
@Command(
    name = "rapt",
    description = "Transformer language models for the JVM: tokenise, pretrain, generate, measure.",
    mixinStandardHelpOptions = true,
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
    exitCodeList = {"0:it worked", "1:it failed; one sentence says why", "2:wrong usage"})
public final class Rapt implements Runnable {
  /** Exit status of a command that could not do its work. */
  static final int FAILED = 1;

  /** Exit status of a command that was called in a wrong way. */
  static final int USAGE = 2;

  /** Exit status when the reader of the output has gone: that of programs which a signal ends. */
  static final int READER_GONE = 141;

  @Spec private @Nullable CommandSpec spec;

  @CommandLine.Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Print stack traces of failures (as RAPT_DEBUG=1 does).")
  private boolean debug;

  boolean wantsTrace() {
    String environment = System.getenv("RAPT_DEBUG");
    return debug || (environment != null && !environment.isEmpty() && !environment.equals("0"));
  }

  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "a command is missing");
  }

  /** Runs a command and ends the process with its exit status. */
  public static void main(String[] args) {
    PrintWriter out = StandardOutput.open();
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int status;
    try {
      status = run(out, err, args);
    } catch (OutOfMemoryError | StackOverflowError | ExceptionInInitializerError e) {
      status = Failures.tell(e, err, false);
    }
    try {
      out.flush();
    } catch (OutputException e) {
      status = Failures.tell(e, err, false);
    }
    err.flush();
    System.exit(status);
  }

  /** Runs a command; its exit status. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    return commandLine(out, err).execute(args);
  }

  /** The command line with all commands. */
  static CommandLine commandLine(PrintWriter out, PrintWriter err) {
    CommandLine line = new CommandLine(new Rapt());
    line.addSubcommand(new DemoCommand());
    line.addSubcommand(new TrainCommand());
    line.addSubcommand(new GenerateCommand());
    line.addSubcommand(new ChatCommand());
    line.addSubcommand(new FillMaskCommand());
    line.addSubcommand(new ClassifyCommand());
    line.addSubcommand(new TagCommand());
    line.addSubcommand(new AnswerCommand());
    line.addSubcommand(new EmbedCommand());
    line.addSubcommand(new SummarizeCommand());
    line.addSubcommand(new TranslateCommand());
    line.addSubcommand(new PerplexityCommand());
    line.addSubcommand(new TokenizeCommand());
    line.addSubcommand(new ConvertCommand());
    line.addSubcommand(new PullCommand());
    line.addSubcommand(new InfoCommand());
    line.addSubcommand(new VerifyCommand());
    line.addSubcommand(new BenchCommand());
    line.addSubcommand(new DoctorCommand());
    line.setOut(out);
    line.setErr(err);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    Numbers.register(line);
    GroupedOptions.install(line);
    line.setExitCodeExceptionMapper(_ -> FAILED);
    line.setParameterExceptionHandler(Failures::usage);
    line.setExecutionExceptionHandler(Failures::failed);
    return line;
  }
}
