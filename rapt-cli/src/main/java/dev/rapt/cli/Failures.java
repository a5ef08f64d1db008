package dev.rapt.cli;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.cli.options.OptionNames;
import dev.rapt.cli.options.Ranges;
import dev.rapt.cli.output.CommandException;
import dev.rapt.cli.output.ExitStatus;
import dev.rapt.cli.output.TerminalText;
import dev.rapt.generate.options.GenerationOptionException;
import dev.rapt.model.load.SimilarNames;
import dev.rapt.tokenizer.types.ChatTemplateException;
import dev.rapt.tokenizer.types.TokenizerFileException;
import dev.rapt.train.example.ExampleException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Prints each error as one sentence on the standard error, without a stack trace. */
final class Failures {
  private Failures() {}

  /** Prints an error of the command line; returns the exit status. */
  static int usage(ParameterException e, String[] args) {
    CommandLine line = e.getCommandLine();
    PrintWriter err = line.getErr();
    String sentence =
        Ranges.problem(e.getArgSpec(), e.getValue())
            .orElseGet(() -> UsageSentence.of(oneLine(message(e))));
    err.println(
        "rapt: "
            + OptionNames.asTyped(sentence, line.getCommandSpec(), List.of(args))
            + "; "
            + similarOptions(e).map(names -> "did you mean " + names + ", or ").orElse("")
            + "see "
            + qualifiedName(line)
            + " --help");
    err.flush();
    return ExitStatus.USAGE;
  }

  /** The options that an unknown one resembles: {@code --top-k or --top-p}. */
  private static Optional<String> similarOptions(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched && unmatched.isUnknownOption()) {
      List<String> similar =
          SimilarNames.to(
              unmatched.getUnmatched().getFirst().replaceFirst("=.*", ""),
              e.getCommandLine().getCommandSpec().optionsMap().keySet());
      return similar.isEmpty() ? Optional.empty() : Optional.of(String.join(" or ", similar));
    }
    return Optional.empty();
  }

  /** Prints the failure of a command; returns the exit status. */
  static int failed(Exception e, CommandLine line, ParseResult parsed) {
    if (e instanceof ParameterException usage) {
      return usage(usage, parsed.originalArgs().toArray(new String[0]));
    }
    UnaryOperator<String> names =
        message -> OptionNames.asTyped(message, line.getCommandSpec(), parsed.originalArgs());
    return print(e, line.getErr(), showsTrace(line), names);
  }

  /** Prints a failure; returns the exit status. */
  static int print(Throwable e, PrintWriter err, boolean withTrace) {
    return print(e, err, withTrace, UnaryOperator.identity());
  }

  private static int print(
      Throwable e, PrintWriter err, boolean withTrace, UnaryOperator<String> names) {
    if (e instanceof OutputException output && output.isReaderGone()) {
      return ExitStatus.READER_GONE; // the reader has seen enough, which is no error
    }
    Throwable cause = e instanceof UncheckedIOException && e.getCause() != null ? e.getCause() : e;
    err.println("rapt: " + names.apply(sentence(cause)));
    if (withTrace) {
      e.printStackTrace(err);
    }
    err.flush();
    boolean badFile =
        cause instanceof TokenizerFileException
            || cause instanceof ChatTemplateException
            || cause instanceof ExampleException;
    return cause instanceof IllegalArgumentException && !badFile
        ? ExitStatus.USAGE
        : ExitStatus.FAILED;
  }

  private static boolean showsTrace(CommandLine line) {
    CommandLine root = line;
    while (root.getParent() != null) {
      root = root.getParent();
    }
    return root.getCommand() instanceof Rapt rapt && rapt.showsTrace();
  }

  private static String sentence(Throwable e) {
    String message = oneLine(message(e));
    return switch (e) {
      case CheckpointException c -> message + folderOf(c, message);
      case GenerationOptionException o -> OptionNames.of(o.option()) + ": " + o.problem();
      case CommandException _, IllegalArgumentException _ -> message;
      case NoSuchFileException _ -> message + ": must exist, got nothing; check the path";
      case AccessDeniedException _ ->
          message + ": must be readable and writable, got no permission; change its permissions";
      case FileAlreadyExistsException _ ->
          message + ": must not exist, got a file or folder; choose another path";
      case IOException io when hasFullDisk(io) && !isOwn(io) ->
          message + "; free disk space, or write to another disk with --out";
      case IOException _ -> message;
      case OutOfMemoryError _ ->
          "memory: must be enough, got "
              + message
              + "; use a smaller batch, context or model"
              + (isHeap(message) ? ", or RAPT_JAVA_OPTS=-Xmx8g for more heap" : "");
      default ->
          isOwn(e) ? message : "unexpected " + e + "; please report it with the output of --debug";
    };
  }

  /** Whether the exception is one of Rapt's, whose messages are for users. */
  private static boolean isOwn(Throwable e) {
    return e.getClass().getName().startsWith("dev.rapt.");
  }

  /** Whether the heap is too small; a larger one takes memory from tensors and from the system. */
  private static boolean isHeap(String message) {
    return message.contains("heap space") || message.contains("GC overhead");
  }

  /** The folder of the file, unless the message names it. */
  private static String folderOf(CheckpointException e, String message) {
    Path parent = e.path().getParent();
    return parent == null || message.contains(parent.toString()) ? "" : " (in " + parent + ")";
  }

  private static boolean hasFullDisk(IOException e) {
    String message = message(e).toLowerCase(java.util.Locale.ROOT);
    return message.contains("no space left") || message.contains("not enough space");
  }

  private static String message(Throwable e) {
    String message = e.getMessage();
    return message == null || message.isBlank() ? e.getClass().getSimpleName() : message;
  }

  private static String oneLine(String message) {
    return TerminalText.visible(message.strip().replaceAll("\\s*\\R\\s*", " "));
  }

  private static String qualifiedName(CommandLine line) {
    return line.getCommandSpec().qualifiedName();
  }
}
