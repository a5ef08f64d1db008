package dev.rapt.cli.command.check;

import dev.rapt.cli.bench.BenchOptions;
import dev.rapt.cli.bench.BenchShape;
import dev.rapt.cli.bench.Contender;
import dev.rapt.cli.bench.Contest;
import dev.rapt.cli.bench.PythonPeer;
import dev.rapt.cli.output.Output;
import dev.rapt.train.TrainOptions.PrecisionMode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures training steps. */
@Command(
    name = "train",
    description = {
      "Measures training steps (forward, backward, gradient clipping, AdamW) on random tokens. Prints"
          + " the median tokens/s of all steps (and of each round), the share of the machine's matrix"
          + " peak, and peak memory: of tensors for Rapt, of the process for PyTorch.",
      "Prints also the energy of the processors for each token, where it can be measured, or why"
          + " not.",
      "With --peer, PyTorch takes turns with Rapt (bench/train_pytorch.py); prints the ratio of the"
          + " medians."
    })
final class BenchTrainCommand implements Callable<Integer> {
  @Option(
      names = "--shape",
      paramLabel = "NAME",
      arity = "1..*",
      description =
          "Model, with sequences x tokens of a batch: gpt2-124m (4 x 256), char-10.7m (64 x 256),"
              + " char-0.8m (12 x 64) (default: all).")
  private @Nullable List<String> shapes;

  @Option(
      names = "--precision",
      paramLabel = "KIND",
      description = "Precision of matrix products: f32, bf16 or auto (default: auto).")
  private PrecisionMode precision = PrecisionMode.AUTO;

  @Mixin private PythonPeer peer = new PythonPeer();

  @Mixin private BenchOptions options = new BenchOptions();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    List<BenchShape> chosen =
        shapes == null
            ? List.of(BenchShape.values())
            : shapes.stream().map(BenchShape::of).toList();
    PrintWriter out = Output.of(spec);
    for (BenchShape shape : chosen) {
      boolean bf16 = precision.isBf16(shape.width());
      double peak = options.measurePeak(bf16, out);
      List<Contender> contenders = new ArrayList<>(List.of(shape.rapt(precision)));
      String python = peer.python();
      if (python != null) {
        contenders.add(shape.pytorch(python, bf16));
      }
      new Contest(
              new Contest.Work(
                  shape.label(),
                  shape.description(),
                  bf16 ? "bf16" : "f32",
                  Contest.Unit.TOKENS,
                  Contest.Limit.MATRIX,
                  shape.flopsPerToken()),
              peak,
              contenders)
          .run(options, out);
    }
    return 0;
  }
}
