package dev.rapt.cli.command.check;

import dev.rapt.cli.bench.BenchDecoder;
import dev.rapt.cli.bench.BenchOptions;
import dev.rapt.cli.bench.Contender;
import dev.rapt.cli.bench.Contest;
import dev.rapt.cli.bench.StoredDecoder;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.Output;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures generation. */
@Command(
    name = "decode",
    description = {
      "Measures the generation of tokens by a stored decoder, after prompts of random tokens. Prints"
          + " the median tokens/s of all steps (and of each round), the share of the machine's read"
          + " bandwidth if a step reads each weight once, and peak memory: of tensors without mapped"
          + " weights for Rapt, of the process for others.",
      "Prints also the energy of the processors for each token, where it can be measured, or why"
          + " not.",
      "With --peer, llama.cpp takes turns with Rapt (bench/decode_llamacpp.mjs) for a batch of 1;"
          + " prints the ratio of the medians."
    })
final class BenchDecodeCommand implements Callable<Integer> {
  @Mixin private StoredDecoder stored = new StoredDecoder();

  @Option(names = "--batch", paramLabel = "N", description = "Number of sequences (default: 1).")
  @Range(min = 1, max = 65_536)
  private int batchSize = 1;

  @Option(
      names = "--prompt",
      paramLabel = "N",
      description = "Tokens of each prompt (default: 64).")
  @Range(min = 1, max = 1e6)
  private int promptLen = 64;

  @Mixin private BenchOptions options = new BenchOptions();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    BenchDecoder decoder = stored.with(promptLen, batchSize);
    List<Contender> contenders = stored.contenders(decoder, decoder.decoding(), "decode");
    PrintWriter out = Output.of(spec);
    double bandwidth = options.measureBandwidth(out); // before a model brings more kinds of scopes
    BenchDecoder.WeightFacts weights = decoder.weights();
    Contest.Work work =
        new Contest.Work(
            "decode",
            decoder.description(),
            weights.type(),
            Contest.Unit.TOKENS,
            Contest.Limit.BANDWIDTH,
            (double) weights.bytes() / batchSize);
    new Contest(work, bandwidth, contenders).run(options, out);
    return 0;
  }
}
