package dev.rapt.cli;

import dev.rapt.train.verify.TrainingCases;
import dev.rapt.verify.CaseHandler;
import dev.rapt.verify.CaseModel;
import dev.rapt.verify.CaseReport;
import dev.rapt.verify.DamagedFileCases;
import dev.rapt.verify.FunctionCases;
import dev.rapt.verify.ModelCases;
import dev.rapt.verify.TokenizerCases;
import dev.rapt.verify.Verifier;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
    List<CaseHandler> handlers = new ArrayList<>();
    handlers.add(TokenizerCases.damaged());
    handlers.add(new TokenizerCases());
    handlers.addAll(TrainingCases.all());
    handlers.addAll(FunctionCases.all());
    handlers.add(new ModelCases(CaseModel.Loader.all()));
    handlers.add(DamagedFileCases.safetensors());
    handlers.add(DamagedFileCases.checkpoints(CaseModel.Loader.all()));
    CaseReport report = new Verifier(handlers).run(folder, out::println);
    out.flush();
    return report.numFailed() == 0 ? 0 : Rapt.FAILED;
  }
}
