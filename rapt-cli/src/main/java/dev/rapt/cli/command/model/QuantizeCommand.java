package dev.rapt.cli.command.model;

import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.files.OutputFolder;
import dev.rapt.cli.files.TextSource;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.output.ProgressLine;
import dev.rapt.generate.Divergence;
import dev.rapt.model.CausalLm;
import dev.rapt.model.convert.GgmlTypes;
import dev.rapt.model.convert.GgufConversion;
import dev.rapt.model.load.StoredModel;
import dev.rapt.quant.ggml.GgmlType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Quantises a model to a GGUF file. */
@Command(
    name = "quantize",
    description = {
      "Writes a model with quantised weights as a GGUF file, which llama.cpp reads, too.",
      "Prints the size and the error of the weights of each layer. With --text, also what the error"
          + " costs: perplexity before and after, the KL divergence of the predictions and the"
          + " share of tokens with the same prediction."
    })
public final class QuantizeCommand implements Callable<Integer> {
  private static final Pattern LAYER = Pattern.compile("(.*\\b)?blk\\.(\\d+)\\..*");

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "Hugging Face folder, GGUF file, or ORG/NAME of a pulled model.")
  private Path model = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "File to write, which ends in .gguf; it must not exist.")
  private Path out = Path.of("");

  @Option(
      names = "--type",
      required = true,
      paramLabel = "TYPE",
      description =
          "Type of the matrices: q8_0, q4_0, q4_1, q5_0, q5_1, q2_k, q3_k, q4_k, q5_k, q6_k,"
              + " iq4_nl, iq4_xs, tq1_0, tq2_0, mxfp4, f16, bf16 or f32. Where rows are no whole"
              + " blocks, a type with smaller ones is taken.")
  private String type = "";

  @Option(
      names = "--head-type",
      paramLabel = "TYPE",
      description = "Type of token embeddings and head (default: that of the matrices).")
  private @Nullable String headType;

  @Option(
      names = "--text",
      paramLabel = "FILE",
      description = "Compares the predictions of both models on this text.")
  private @Nullable Path text;

  @Option(
      names = "--window",
      paramLabel = "N",
      description = "Tokens of text that a prediction sees at most (default: 256).")
  @Range(min = 1)
  private int window = 256;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    GgmlTypes types = new GgmlTypes(named("--type", type), headType());
    if (!StoredModel.isGguf(out)) {
      throw new IllegalArgumentException("OUT: must end in .gguf, got " + out);
    }
    PrintWriter writer = Output.of(spec);
    Path source = ModelFolder.require(model);
    OutputFolder.requireNew(out);
    String content = text == null ? null : TextSource.read(text);
    ProgressLine line = ProgressLine.toTerminal(Output.errorsOf(spec));
    GgufConversion.Result result =
        GgufConversion.run(
            StoredModel.of(source),
            out,
            types,
            (done, all) -> line.update((double) done / Math.max(1, all), "quantising"));
    Divergence divergence = content == null ? null : divergence(source, content, line);
    line.clear();
    if (json) {
      Json.print(writer, facts(result, divergence));
    } else {
      print(writer, result, divergence);
    }
    return 0;
  }

  private @Nullable GgmlType headType() {
    return headType == null ? null : named("--head-type", headType);
  }

  /**
   * The type of this name.
   *
   * @param option that names it, for the error
   * @throws IllegalArgumentException if there is none
   */
  static GgmlType named(String option, String name) {
    return GgmlTypes.possible().stream()
        .filter(possible -> possible.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "%s: must be one of %s, got %s"
                    .formatted(
                        option, GgmlTypes.possible().toString().toLowerCase(Locale.ROOT), name)));
  }

  private Divergence divergence(Path source, String content, ProgressLine line) {
    StoredModel original = StoredModel.of(source);
    int[] ids = original.tokenizer().encode(content);
    try (CausalLm reference = CausalLm.load(original);
        CausalLm quantised = CausalLm.load(out)) {
      return Divergence.of(
          reference, quantised, ids, window, share -> line.update(share, "comparing"));
    }
  }

  /** Returns the mean error of the tensors of each layer; other tensors stand for themselves. */
  private static Map<String, Double> byLayer(Map<String, Double> errors) {
    Map<String, Double> sums = new TreeMap<>();
    Map<String, Integer> counts = new TreeMap<>();
    errors.forEach((name, error) -> {
      Matcher layer = LAYER.matcher(name);
      String part =
          layer.matches()
              ? "%slayer %3d"
                  .formatted(
                      layer.group(1) == null ? "" : layer.group(1),
                      Integer.parseInt(layer.group(2)))
              : name;
      sums.merge(part, error, Double::sum);
      counts.merge(part, 1, Integer::sum);
    });
    sums.replaceAll((part, sum) -> sum / counts.getOrDefault(part, 1));
    return sums;
  }

  private Map<String, Object> facts(GgufConversion.Result result, @Nullable Divergence divergence) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("file", out.toString());
    facts.put("tensors", result.numTensors());
    facts.put("bytes", result.bytesWritten());
    Map<String, Integer> types = new TreeMap<>();
    result
        .tensorsByType()
        .forEach((each, count) -> types.put(each.name().toLowerCase(Locale.ROOT), count));
    facts.put("types", types);
    facts.put("relative_errors", result.errors());
    if (divergence != null) {
      facts.put("tokens", divergence.own().numScored());
      facts.put("perplexity_before", divergence.reference().perplexity());
      facts.put("perplexity", divergence.own().perplexity());
      facts.put("kl_divergence", divergence.klDivergence());
      facts.put("same_top_token", divergence.sameTop());
    }
    return facts;
  }

  private void print(
      PrintWriter writer, GgufConversion.Result result, @Nullable Divergence divergence) {
    writer.println(
        "%s: %d tensors, %s, %s"
            .formatted(
                out,
                result.numTensors(),
                Format.bytes(result.bytesWritten()),
                result.tensorsByType().entrySet().stream()
                    .map(each ->
                        each.getValue() + " in " + each.getKey().name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(", "))));
    byLayer(result.errors())
        .forEach((part, error) ->
            writer.println(Format.format("%-20s relative error %.5f", part, error)));
    if (divergence != null) {
      writer.println(
          Format.format(
              "perplexity           %.4f before, %.4f now (%d tokens)",
              divergence.reference().perplexity(),
              divergence.own().perplexity(),
              divergence.own().numScored()));
      writer.println(Format.format("KL divergence        %.6f nats", divergence.klDivergence()));
      writer.println(Format.format("same top token       %.2f%%", 100 * divergence.sameTop()));
    }
  }
}
