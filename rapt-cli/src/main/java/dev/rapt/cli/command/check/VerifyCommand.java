package dev.rapt.cli.command.check;

import dev.rapt.cli.output.CommandException;
import dev.rapt.cli.output.ExitStatus;
import dev.rapt.cli.output.Output;
import dev.rapt.verify.Verifier;
import dev.rapt.verify.report.CaseReport;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Compares models with recorded outputs of a reference implementation. */
@Command(
    name = "verify",
    description = {
      "Runs the recorded calls in a folder with a checkpoint, or in a tree of such folders, and"
          + " compares the outputs with the recorded ones.",
      "Prints a line with the largest error for each call; the exit status is 1 if any call differs."
    })
public final class VerifyCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "DIR",
      description = "Folder with a cases.json, or a tree of such folders.")
  private Path folder = Path.of("");

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    if (!Files.isDirectory(folder)) {
      throw new CommandException(
          folder + ": must be a folder with recorded outputs, got none; check the path");
    }
    PrintWriter out = Output.of(spec);
    CaseReport report = Verifier.ofAllKinds().run(folder, out::println);
    out.flush();
    return report.numFailed() == 0 ? ExitStatus.OK : ExitStatus.FAILED;
  }
}
