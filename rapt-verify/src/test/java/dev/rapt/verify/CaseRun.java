package dev.rapt.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.verify.model.CaseModel;
import dev.rapt.verify.model.ModelCases;
import dev.rapt.verify.report.CaseHandler;
import dev.rapt.verify.report.CaseReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * A finished run of recorded cases, with assertions about it.
 *
 * @param report counts of the calls
 * @param lines what was printed
 */
public record CaseRun(CaseReport report, List<String> lines) {
  /** Runs every case below a folder. */
  public static CaseRun of(List<? extends CaseHandler> handlers, Path folder) {
    List<String> lines = new ArrayList<>();
    CaseReport report = new Verifier(List.copyOf(handlers)).run(folder, lines::add);
    return new CaseRun(report, lines);
  }

  /** Runs one case, whose cases.json lies in this folder. */
  public static CaseRun of(CaseHandler handler, Path folder) {
    List<String> lines = new ArrayList<>();
    CaseReport report = new CaseReport(lines::add);
    report.begin(folder.getFileName().toString());
    handler.run(folder, CaseFolders.cases(folder), report);
    return new CaseRun(report, lines);
  }

  /**
   * Runs the recorded calls of all models below a folder and asserts that as many pass as are
   * recorded.
   */
  public static void assertEveryCallPasses(CaseModel.Loader loader, Path folder) {
    int recorded = numRecordedCalls(folder);
    assertThat(recorded).as("recorded calls in " + folder).isPositive();
    of(List.of(new ModelCases(loader)), folder).assertPassed(recorded);
  }

  /** Asserts that this number of calls passed and that none failed or could not run. */
  public void assertPassed(int calls) {
    assertPassed(calls, 0);
  }

  /** Asserts how many calls passed and how many could not run, and that none failed. */
  public void assertPassed(int calls, int notSupported) {
    assertThat(calls).isPositive();
    assertThat(report.numFailed()).as(this::text).isZero();
    assertThat(report.numNotSupported()).as(this::text).isEqualTo(notSupported);
    assertThat(report.numPassed()).as(this::text).isEqualTo(calls);
  }

  private String text() {
    return String.join("\n", lines);
  }

  /** Calls in the cases below a folder; they run twice where there is a configuration of old. */
  private static int numRecordedCalls(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.endsWith("cases.json"))
          .map(file -> CaseFolders.cases(file.resolveSibling("")))
          .mapToInt(CaseRun::numCalls)
          .sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int numCalls(JsonNode recorded) {
    return recorded.path("calls").size() * (recorded.path("config_legacy").isString() ? 2 : 1);
  }
}
