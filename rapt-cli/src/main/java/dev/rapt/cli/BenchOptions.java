package dev.rapt.cli;

import dev.rapt.tensor.DType;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What all benchmarks of whole runs have in common. */
final class BenchOptions {
  @Option(
      names = "--seconds",
      paramLabel = "N",
      description =
          "Time for each program in a round after the first steps, in seconds; at least 3 steps"
              + " (default: 6).")
  private double seconds = 6;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Rounds, in which all programs take turns (default: 3).")
  private int rounds = 3;

  @Option(
      names = "--peer",
      paramLabel = "PYTHON",
      description = "A Python with the other libraries, to measure them beside.")
  private @Nullable String peer;

  @Option(names = "--json", description = "Print one JSON object for each shape and precision.")
  private boolean json;

  /**
   * @throws IllegalArgumentException if a value is out of range
   */
  void check() {
    if (rounds < 1 || !(seconds > 0)) {
      throw new IllegalArgumentException(
          "--rounds, --seconds: must be at least 1 and above 0, got " + rounds + ", " + seconds);
    }
  }

  double seconds() {
    return seconds;
  }

  int rounds() {
    return rounds;
  }

  boolean json() {
    return json;
  }

  /** The Python that runs the peers; null for none. */
  @Nullable String peer() {
    return peer;
  }

  /** Measures what the machine can do at best, and says so to people. */
  double measurePeak(boolean bf16, PrintWriter out) {
    double peak = MachineSpeed.matmulFlops(bf16 ? DType.BF16 : DType.F32);
    if (!json) {
      out.println(
          Format.format(
              "matrix peak %s (%s), %d threads",
              Format.flops(peak), bf16 ? "bf16" : "f32", EnvironmentFacts.gather().threads()));
      out.flush();
    }
    return peak;
  }
}
