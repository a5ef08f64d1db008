package dev.rapt.verify.function;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.SafetensorsFile;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.verify.report.CaseReport;
import dev.rapt.verify.report.Comparison;
import dev.rapt.verify.report.RecordedTensors;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A recorded case of functions: its tensors, and the report of its calls. */
public final class FunctionCase {
  /** The default tolerance of a call. */
  public static final double DEFAULT_ATOL = 1e-4;

  private final Path folder;
  private final JsonNode cases;
  private final @Nullable SafetensorsFile tensors;
  private final CaseReport report;

  FunctionCase(Path folder, JsonNode cases, @Nullable SafetensorsFile tensors, CaseReport report) {
    this.folder = folder;
    this.cases = cases;
    this.tensors = tensors;
    this.report = report;
  }

  /** The folder of the case. */
  public Path folder() {
    return folder;
  }

  /** Its cases.json. */
  public JsonNode cases() {
    return cases;
  }

  /**
   * A recorded tensor.
   *
   * @throws CheckpointException if there is none of this name
   */
  public TensorEntry tensor(String name) {
    if (tensors == null) {
      throw new CheckpointException(folder, name, "must be in cases.safetensors, got no such file");
    }
    return tensors.entry(name);
  }

  /** Whether there is a tensor of this name. */
  public boolean has(String name) {
    return tensors != null && tensors.names().contains(name);
  }

  /** Names of all tensors. */
  public Set<String> names() {
    return tensors == null ? Set.of() : tensors.names();
  }

  /** The elements of an f32 tensor. */
  public float[] floats(String name) {
    return tensor(name).data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  /** The elements of an integer tensor. */
  public int[] ints(String name) {
    return RecordedTensors.ints(tensor(name));
  }

  /**
   * Runs a call and reports it as passed, failed, or, if it throws {@link
   * UnsupportedOperationException}, not supported. A call that compares nothing fails.
   *
   * @param name name in the report
   * @param body adds the differences between computed and recorded values
   */
  public void call(String name, Consumer<Differences> body) {
    Differences differences = new Differences();
    try {
      body.accept(differences);
      differences.report(name, report);
    } catch (UnsupportedOperationException e) {
      report.notSupported(name, String.valueOf(e.getMessage()));
    } catch (CheckpointException | IllegalArgumentException | IllegalStateException e) {
      report.failed(name, String.valueOf(e.getMessage()));
    }
  }

  /** The differences between computed and recorded values of a call. */
  public static final class Differences {
    private double largest;
    private @Nullable String problem;
    private long compared;

    private Differences() {}

    /** Compares two numbers: |got - want| &lt;= atol max(1, |want|) must hold. */
    public void add(String what, double want, double got, double atol) {
      compared++;
      double error = Comparison.error(want, got);
      if (!(error <= largest)) { // NaN is the worst
        largest = error;
      }
      if (!(error <= atol) && problem == null) {
        problem = "%s: must be %s within %.0e, got %s".formatted(what, want, atol, got);
      }
    }

    /** Compares values that must be equal. */
    public void same(String what, Object want, Object got) {
      compared++;
      if (!want.equals(got) && problem == null) {
        problem = "%s: must be %s, got %s".formatted(what, want, got);
      }
    }

    /**
     * Compares element by element.
     *
     * @throws IllegalStateException if the lengths differ
     */
    public void add(String what, float[] want, float[] got, double atol) {
      if (want.length != got.length) {
        throw new IllegalStateException(
            "%s: must have %d elements, got %d".formatted(what, want.length, got.length));
      }
      for (int i = 0; i < want.length; i++) {
        add(what + "[" + i + "]", want[i], got[i], atol);
      }
    }

    private void report(String call, CaseReport report) {
      if (problem != null) {
        report.failed(call, problem);
      } else if (compared == 0) {
        report.failed(call, "must compare at least one value, got none");
      } else {
        report.passed(call, largest);
      }
    }
  }
}
