package dev.rapt.cli;

import dev.rapt.tensor.DType;
import dev.rapt.train.TrainOptions.PrecisionMode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures training steps of models with names. */
@Command(
    name = "train",
    description = {
      "Measures whole training steps (forward, backward, clipping, AdamW) on random tokens: median"
          + " tokens/s (and that of each round), share of the machine's matrix peak, and peak memory:"
          + " of tensors for Rapt, of the process for the peer.",
      "With --peer, PyTorch runs the same shapes in turn, and the ratio of the medians is printed."
    })
final class BenchTrainCommand implements Callable<Integer> {
  @Option(
      names = "--shape",
      paramLabel = "NAME",
      arity = "1..*",
      description =
          "gpt2-124m (4 x 256), char-10.7m (64 x 256), char-0.8m (12 x 64) (default: all).")
  private @Nullable List<String> shapes;

  @Option(
      names = "--precision",
      paramLabel = "KIND",
      description = "${COMPLETION-CANDIDATES} (default: auto).")
  private PrecisionMode precision = PrecisionMode.AUTO;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description =
          "Time for a shape in a round after the first steps, in seconds; at least 3 steps (default:"
              + " 6).")
  private double seconds = 6;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Rounds; the peer runs between them (default: 3).")
  private int rounds = 3;

  @Option(
      names = "--peer",
      paramLabel = "PYTHON",
      description = "A Python with PyTorch, to run bench/train_pytorch.py beside.")
  private @Nullable String peer;

  @Option(names = "--json", description = "Print one JSON object for each shape and line.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (rounds < 1 || !(seconds > 0)) {
      throw new IllegalArgumentException(
          "--rounds, --seconds: must be at least 1 and above 0, got " + rounds + ", " + seconds);
    }
    List<BenchShape> chosen =
        shapes == null
            ? List.of(BenchShape.values())
            : shapes.stream().map(BenchShape::of).toList();
    PrintWriter out = Output.of(spec);
    boolean bf16 = precision.isBf16();
    double peak = MachineSpeed.matmulFlops(bf16 ? DType.BF16 : DType.F32);
    if (!json) {
      out.println(
          Format.format(
              "matrix peak %s (%s), %d threads",
              Format.flops(peak), bf16 ? "bf16" : "f32", EnvironmentFacts.gather().threads()));
    }
    for (BenchShape shape : chosen) {
      measure(shape, peak, bf16);
    }
    return 0;
  }

  private void measure(BenchShape shape, double peak, boolean bf16) throws IOException {
    List<Double> own = new ArrayList<>();
    List<Double> other = new ArrayList<>();
    List<Double> ownRounds = new ArrayList<>();
    List<Double> otherRounds = new ArrayList<>();
    double flopsPerToken = 0;
    long peakBytes = 0;
    long otherPeakBytes = 0;
    for (int round = 0; round < rounds; round++) {
      BenchShape.Measured measured = shape.measure(seconds, precision);
      own.addAll(measured.tokensPerSecond());
      ownRounds.add(median(measured.tokensPerSecond()));
      flopsPerToken = measured.flopsPerToken();
      peakBytes = Math.max(peakBytes, measured.peakBytes());
      if (peer != null) {
        PeerTraining.Measured peers = PeerTraining.measure(peer, shape, seconds, bf16);
        other.addAll(peers.tokensPerSecond());
        otherRounds.add(median(peers.tokensPerSecond()));
        otherPeakBytes = Math.max(otherPeakBytes, peers.peakBytes());
      }
    }
    Map<String, Object> map = new LinkedHashMap<>();
    double median = median(own);
    map.put("shape", shape.label());
    map.put("precision", bf16 ? "bf16" : "f32");
    map.put("steps", own.size());
    map.put("tokens_per_second", median);
    map.put("tokens_per_second_of_rounds", ownRounds);
    map.put("share_of_peak", median * flopsPerToken / peak);
    map.put("peak_bytes", peakBytes);
    if (!other.isEmpty()) {
      map.put("peer_steps", other.size());
      map.put("peer_tokens_per_second", median(other));
      map.put("peer_tokens_per_second_of_rounds", otherRounds);
      map.put("peer_share_of_peak", median(other) * flopsPerToken / peak);
      map.put("peer_peak_bytes", otherPeakBytes);
      map.put("ratio", median / median(other));
    }
    PrintWriter out = Output.of(spec);
    if (json) {
      Json.printLine(out, map);
      return;
    }
    String what = shape.description() + (bf16 ? ", bf16" : ", f32");
    out.println(line(what, own, ownRounds, flopsPerToken / peak, peakBytes));
    if (!other.isEmpty()) {
      out.println(line("  PyTorch", other, otherRounds, flopsPerToken / peak, otherPeakBytes));
      out.println(Format.format("  ratio %.2f", median / median(other)));
    }
    out.flush();
  }

  private static String line(
      String what, List<Double> steps, List<Double> rounds, double flopsShare, long bytes) {
    return Format.format(
        "%-30s %8s tok/s (%s)  %3.0f%% of peak  %9s  %d steps",
        what,
        Format.count(median(steps)),
        rounds.stream().map(Format::count).collect(Collectors.joining(", ")),
        100 * median(steps) * flopsShare,
        Format.bytes(bytes),
        steps.size());
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
