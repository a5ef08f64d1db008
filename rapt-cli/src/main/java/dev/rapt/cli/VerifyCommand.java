package dev.rapt.cli;

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

/** Holds models against recorded outputs of a reference. */
@Command(
    name = "verify",
    description = {
      "Runs the calls that are recorded in a folder with a checkpoint, or in a tree of such"
          + " folders, and compares the outputs.",
      "Prints a line for each call with the largest error; exit status 1 if any failed."
    })
final class VerifyCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "A folder with a cases.json, or a tree of them.")
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
    return report.numFailed() == 0 ? 0 : Rapt.FAILED;
  }
}
