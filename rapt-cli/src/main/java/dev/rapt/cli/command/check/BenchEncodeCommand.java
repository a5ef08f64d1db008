package dev.rapt.cli.command.check;

import dev.rapt.cli.bench.BenchEncoder;
import dev.rapt.cli.bench.BenchOptions;
import dev.rapt.cli.bench.Contender;
import dev.rapt.cli.bench.Contest;
import dev.rapt.cli.bench.PythonPeer;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.Output;
import dev.rapt.compute.Matmul;
import dev.rapt.tensor.DType;
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

/** Measures the forward pass of an encoder. */
@Command(
    name = "encode",
    description = {
      "Measures the forward pass of BERT-base with random weights on random tokens, without padding."
          + " Prints the median sequences/s of all steps (and of each round), the share of the"
          + " machine's matrix peak, and peak memory: of tensors for Rapt, of the process for others.",
      "Prints also the energy of the processors for each sequence, where it can be measured, or why"
          + " not.",
      "With --peer, PyTorch and, in f32, ONNX Runtime take turns with Rapt (bench/encode_peers.py);"
          + " prints the ratios of the medians."
    })
final class BenchEncodeCommand implements Callable<Integer> {
  @Option(
      names = "--precision",
      paramLabel = "KIND",
      arity = "1..*",
      description =
          "Precision of matrix products: f32, bf16 or auto (default: f32, and bf16 if the"
              + " processor supports it).")
  private @Nullable List<PrecisionMode> precisions;

  @Option(names = "--batch", paramLabel = "N", description = "Sequences of a batch (default: 32).")
  @Range(min = 1, max = 65_536)
  private int batchSize = 32;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "Tokens of a sequence, 1 to 512 (default: 128).")
  @Range(min = 1, max = 512)
  private int seqLen = 128;

  @Mixin private PythonPeer peer = new PythonPeer();

  @Mixin private BenchOptions options = new BenchOptions();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    BenchEncoder encoder = new BenchEncoder(batchSize, seqLen);
    PrintWriter out = Output.of(spec);
    for (PrecisionMode precision : precisions == null ? defaults() : precisions) {
      boolean bf16 = precision.isBf16(BenchEncoder.width());
      List<Contender> contenders = new ArrayList<>(List.of(encoder.rapt(bf16)));
      String python = peer.python();
      if (python != null) {
        contenders.addAll(encoder.peers(python, bf16));
      }
      new Contest(
              new Contest.Work(
                  BenchEncoder.LABEL,
                  encoder.description(),
                  bf16 ? "bf16" : "f32",
                  Contest.Unit.SEQUENCES,
                  Contest.Limit.MATRIX,
                  encoder.flopsPerSequence()),
              options.measurePeak(bf16, out),
              contenders)
          .run(options, out);
    }
    return 0;
  }

  private static List<PrecisionMode> defaults() {
    return Matmul.isNative(DType.BF16, DType.BF16, DType.BF16)
        ? List.of(PrecisionMode.F32, PrecisionMode.BF16)
        : List.of(PrecisionMode.F32);
  }
}
