package dev.rapt.cli.command.check;

import dev.rapt.cli.bench.BenchDecoder;
import dev.rapt.cli.bench.BenchOptions;
import dev.rapt.cli.bench.Contender;
import dev.rapt.cli.bench.Contest;
import dev.rapt.cli.bench.StoredDecoder;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.text.PrefillArguments;
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

/** Measures the reading of prompts. */
@Command(
    name = "prefill",
    description = {
      "Measures how fast a stored decoder reads a prompt of random tokens. Prints the median tokens/s"
          + " of all passes (and of each round), the share of the machine's matrix peak, counting 2"
          + " operations for each weight and token, and peak memory: of tensors without mapped weights"
          + " for Rapt, of the process for others.",
      "Prints also the energy of the processors for each token, where it can be measured, or why"
          + " not.",
      "With --peer, llama.cpp takes turns with Rapt (bench/decode_llamacpp.mjs); prints the ratio of"
          + " the medians."
    })
final class BenchPrefillCommand implements Callable<Integer> {
  @Mixin private StoredDecoder stored = new StoredDecoder();

  @Option(
      names = "--prompt",
      paramLabel = "N",
      description = "Tokens of the prompt (default: 512).")
  @Range(min = 1, max = 1e6)
  private int promptLen = 512;

  @Mixin private PrefillArguments prefill = new PrefillArguments();
  @Mixin private BenchOptions options = new BenchOptions();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    BenchDecoder decoder = stored.with(promptLen, 1);
    List<Contender> contenders =
        stored.contenders(decoder, decoder.prefill(prefill::apply), "prefill");
    PrintWriter out = Output.of(spec);
    BenchDecoder.WeightFacts weights = decoder.weights();
    boolean isBf16 = prefill.isBf16(weights.width());
    Contest.Work work =
        new Contest.Work(
            "prefill",
            decoder.description(),
            isBf16 ? weights.type() + ", prompt in bf16" : weights.type(),
            Contest.Unit.TOKENS,
            Contest.Limit.MATRIX,
            2.0 * weights.values());
    new Contest(work, options.measurePeak(isBf16, out), contenders).run(options, out);
    return 0;
  }
}
