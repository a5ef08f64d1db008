package dev.rapt.verify;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.verify.function.FunctionCases;
import dev.rapt.verify.model.AdapterCases;
import dev.rapt.verify.model.CaseModel;
import dev.rapt.verify.model.ModelCases;
import dev.rapt.verify.report.CaseHandler;
import dev.rapt.verify.report.CaseReport;
import dev.rapt.verify.report.DamagedFileCases;
import dev.rapt.verify.tokenizer.TokenizerCases;
import dev.rapt.verify.train.TrainingCases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Runs all recorded cases in a tree of folders. */
public final class Verifier {
  private static final String CASE_FILE = "cases.json";

  private final List<CaseHandler> handlers;

  /** A verifier for all kinds of cases that this version supports. */
  public static Verifier ofAllKinds() {
    List<CaseHandler> handlers = new ArrayList<>();
    handlers.add(TokenizerCases.damaged());
    handlers.add(new TokenizerCases());
    handlers.addAll(TrainingCases.all());
    handlers.addAll(FunctionCases.all());
    handlers.add(AdapterCases.handler());
    handlers.add(new ModelCases(CaseModel.Loader.all()));
    handlers.add(DamagedFileCases.safetensors());
    handlers.add(DamagedFileCases.gguf());
    handlers.add(ModelCases.damaged(CaseModel.Loader.all()));
    return new Verifier(handlers);
  }

  /**
   * A verifier for some kinds of cases.
   *
   * @param handlers the first that handles a case runs it
   */
  public Verifier(List<CaseHandler> handlers) {
    this.handlers = List.copyOf(handlers);
  }

  /**
   * Runs the case in a folder, or all cases below it, in the order of their names. Prints a line
   * for each call and finally {@code N passed, N failed}.
   *
   * @param out receives the lines
   * @return the report
   * @throws CheckpointException if the folder has no case or cannot be read
   */
  public CaseReport run(Path root, Consumer<String> out) {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(root)) {
      files = walk.filter(path -> path.endsWith(CASE_FILE)).sorted().toList();
    } catch (IOException e) {
      throw new CheckpointException(root, null, "cannot be read: " + e.getMessage(), e);
    }
    if (files.isEmpty()) {
      throw new CheckpointException(
          root, "must hold recorded outputs, got no " + CASE_FILE + " in it or below");
    }
    CaseReport report = new CaseReport(out);
    for (Path file : files) {
      runCase(root, file, report);
    }
    report.summary();
    return report;
  }

  private void runCase(Path root, Path file, CaseReport report) {
    Path folder = file.resolveSibling("");
    Path relative = root.relativize(file).getParent();
    report.begin(String.valueOf(relative == null ? root.getFileName() : relative));
    try {
      JsonNode recorded = JsonFiles.read(file);
      for (CaseHandler handler : handlers) {
        if (handler.handles(recorded)) {
          handler.run(folder, recorded, report);
          return;
        }
      }
      report.notSupported("-", "no handler for cases of this kind");
    } catch (CheckpointException e) {
      report.failed("-", String.valueOf(e.getMessage()));
    }
  }
}
