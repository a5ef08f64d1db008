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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures training steps of models with names. */
@Command(
    name = "train",
    description = {
      "Measures whole training steps (forward, backward, clipping, AdamW) on random tokens:"
          + " tokens/s, share of the machine's matrix peak, and peak memory of tensors.",
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
      description = "Time for a shape in a round, in seconds; at least 3 steps (default: 10).")
  private double seconds = 10;

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
    double flopsPerToken = 0;
    long peakBytes = 0;
    for (int round = 0; round < rounds; round++) {
      BenchShape.Measured measured = shape.measure(seconds, precision);
      own.addAll(measured.tokensPerSecond());
      flopsPerToken = measured.flopsPerToken();
      peakBytes = Math.max(peakBytes, measured.peakBytes());
      if (peer != null) {
        other.addAll(PeerTraining.measure(peer, shape, seconds, bf16));
      }
    }
    double median = median(own);
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("shape", shape.label());
    map.put("precision", bf16 ? "bf16" : "f32");
    map.put("steps", own.size());
    map.put("tokens_per_second", median);
    map.put("share_of_peak", median * flopsPerToken / peak);
    map.put("peak_bytes", peakBytes);
    if (!other.isEmpty()) {
      map.put("peer_tokens_per_second", median(other));
      map.put("ratio", median / median(other));
    }
    PrintWriter out = Output.of(spec);
    if (json) {
      Json.printLine(out, map);
      return;
    }
    String line =
        Format.format(
            "%-22s %9s tok/s  %3.0f%% of peak  %9s",
            shape.description(),
            Format.count(median),
            100 * median * flopsPerToken / peak,
            Format.bytes(peakBytes));
    if (!other.isEmpty()) {
      line +=
          Format.format(
              "   PyTorch %s tok/s  ratio %.2f",
              Format.count(median(other)), median / median(other));
    }
    out.println(line);
    out.flush();
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
