package dev.rapt.cli.command.check;

import dev.rapt.cli.bench.BenchDecoder;
import dev.rapt.cli.bench.BenchOptions;
import dev.rapt.cli.bench.Contender;
import dev.rapt.cli.bench.Contest;
import dev.rapt.cli.bench.StoredDecoder;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.text.CacheArguments;
import dev.rapt.generate.batch.BatchOptions;
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

/** Measures the generation of many sequences at once. */
@Command(
    name = "batch",
    description = {
      "Measures continuous batching: tokens of several sequences at once by a stored decoder, after"
          + " prompts of random tokens. Prints for each number of sequences the median tokens/s of all"
          + " of them together, and the share of the machine's read bandwidth if a step reads each"
          + " weight once.",
      "With --peer, llama.cpp takes turns with Rapt, with as many parallel sequences"
          + " (bench/decode_llamacpp.mjs); prints the ratio of the medians."
    })
final class BenchBatchCommand implements Callable<Integer> {
  @Mixin private StoredDecoder stored = new StoredDecoder();

  @Option(
      names = "--sequences",
      paramLabel = "N,...",
      split = ",",
      description = "Numbers of sequences at once, 1 to 1024 each (default: 1,2,4,8,16).")
  @Range(min = 1, max = 1024)
  private List<Integer> counts = List.of(1, 2, 4, 8, 16);

  @Option(
      names = "--prompt",
      paramLabel = "N",
      description = "Tokens of each prompt (default: 64).")
  @Range(min = 1, max = 1e6)
  private int promptLen = 64;

  @Mixin private CacheArguments cache = new CacheArguments();
  @Mixin private BenchOptions options = new BenchOptions();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = Output.of(spec);
    double bandwidth = options.measureBandwidth(out); // before a model brings more kinds of scopes
    BenchDecoder.WeightFacts weights = stored.with(promptLen, 1).weights();
    double alone = Double.NaN;
    for (int count : counts) {
      BenchDecoder decoder = stored.with(promptLen, count);
      BatchOptions batch = cache.with(BatchOptions.defaults()).withMaxSequences(count);
      List<Contender> contenders = stored.contenders(decoder, decoder.batching(batch), "decode");
      Contest.Work work =
          new Contest.Work(
              "batch",
              decoder.description(),
              weights.type(),
              Contest.Unit.TOKENS,
              Contest.Limit.BANDWIDTH,
              (double) weights.bytes() / count);
      double speed = new Contest(work, bandwidth, contenders).run(options, out);
      alone = count == 1 ? speed : alone;
      if (count > 1 && !Double.isNaN(alone) && !options.json()) {
        out.println(Format.format("  %.2f times one sequence", speed / alone));
      }
    }
    return 0;
  }
}
