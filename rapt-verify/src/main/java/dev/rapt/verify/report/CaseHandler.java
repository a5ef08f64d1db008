package dev.rapt.verify.report;

import java.nio.file.Path;
import tools.jackson.databind.JsonNode;

/** Runs one kind of recorded cases. */
public interface CaseHandler {
  /** Whether this is a case of its kind. */
  boolean handles(JsonNode recorded);

  /**
   * Runs the case and reports every call of it.
   *
   * @param folder where the case lies
   * @param recorded its cases.json
   */
  void run(Path folder, JsonNode recorded, CaseReport report);
}
