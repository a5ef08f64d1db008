package dev.rapt.verify.report;

import java.nio.file.Path;
import tools.jackson.databind.JsonNode;

/** A runner of one kind of recorded cases. */
public interface CaseHandler {
  /** Whether a case is of this kind; {@code recorded} is its cases.json. */
  boolean handles(JsonNode recorded);

  /**
   * Runs a case and reports all its calls.
   *
   * @param folder folder of the case
   * @param recorded its cases.json
   * @param report receives the results
   */
  void run(Path folder, JsonNode recorded, CaseReport report);
}
