package dev.rapt.kernel.vector;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Checks that a run with a forced vector width has that width. The build sets the system property
 * {@code rapt.test.vectorBits} in such runs. Tests are skipped where the processor has no vectors
 * as wide as that.
 */
public final class ForcedVectorWidth implements ExecutionCondition {
  private static final String PROPERTY = "rapt.test.vectorBits";

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    Integer forced = Integer.getInteger(PROPERTY);
    int preferred = VectorKernels.vectorBits();
    if (forced == null || forced == preferred) {
      return ConditionEvaluationResult.enabled("vectors of " + preferred + " bits");
    }
    if (forced < preferred) {
      throw new IllegalStateException(
          "%s: must be the width of this run, got %d and %d; pass -XX:MaxVectorSize=%d"
              .formatted(PROPERTY, forced, preferred, forced / Byte.SIZE));
    }
    return ConditionEvaluationResult.disabled(
        "this processor has no vectors of %d bits, only of %d".formatted(forced, preferred));
  }
}
