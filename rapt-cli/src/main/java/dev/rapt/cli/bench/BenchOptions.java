package dev.rapt.cli.bench;

import dev.rapt.cli.machine.EnvironmentFacts;
import dev.rapt.cli.machine.MachineSpeed;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.Format;
import dev.rapt.tensor.DType;
import java.io.PrintWriter;
import picocli.CommandLine.Option;

/** The options of all benchmarks. */
public final class BenchOptions {
  @Option(
      names = "--seconds",
      paramLabel = "N",
      description =
          "Time of a program in a round after warm-up, in seconds, but at least 3 steps (default:"
              + " 6).")
  @Range(min = 0, aboveMin = true, max = Range.MOST_SECONDS)
  private double seconds = 6;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Number of rounds, in which all programs take turns (default: 3).")
  @Range(min = 1, max = 1e6)
  private int rounds = 3;

  @Option(names = "--json", description = "Prints one JSON object for each measurement.")
  private boolean json;

  double seconds() {
    return seconds;
  }

  int rounds() {
    return rounds;
  }

  /** Whether measurements are printed as JSON. */
  public boolean json() {
    return json;
  }

  /** Measures the peak of matrix products, in FLOP/s; prints it unless the output is JSON. */
  public double measurePeak(boolean bf16, PrintWriter out) {
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

  /** Measures how fast memory is read, in bytes/s; prints it unless the output is JSON. */
  public double measureBandwidth(PrintWriter out) {
    int threads = EnvironmentFacts.gather().threads();
    double one = MachineSpeed.readBytesPerSecond(1);
    double bandwidth = Math.max(one, MachineSpeed.readBytesPerSecond(threads));
    if (!json) {
      out.println(Format.format("memory reads %.1f GB/s, %d threads", bandwidth / 1e9, threads));
      out.flush();
    }
    return bandwidth;
  }
}
