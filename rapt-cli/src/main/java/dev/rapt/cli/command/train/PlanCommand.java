package dev.rapt.cli.command.train;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.model.CausalLm;
import dev.rapt.model.Encoder;
import dev.rapt.model.Model;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.adapter.Adapter;
import dev.rapt.model.adapter.LoraConfig;
import dev.rapt.model.adapter.QuantizedBase;
import dev.rapt.model.adapter.Targets;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.DType;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.optim.OptimizerOptions;
import dev.rapt.train.shape.MemoryEstimate;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Estimates the memory that fine-tuning a model takes. */
@Command(
    name = "plan",
    description = {
      "Estimates the memory of fine-tuning a model: fully, by LoRA and by QLoRA, with gradient"
          + " checkpointing and without.",
      "Nothing is trained or written. The virtual machine takes about 300 MB more."
    })
public final class PlanCommand implements Callable<Integer> {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description = "Hugging Face folder, or ORG/NAME of a pulled model.")
  private Path path = Path.of("");

  @Option(names = "--batch", paramLabel = "N", description = "Sequences of a batch (default: 1).")
  @Range(min = 1)
  private int batchSize = 1;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      description = "Tokens of a sequence (default: 512).")
  @Range(min = 1)
  private int seqLen = 512;

  @Option(names = "--lora", paramLabel = "R", description = "Rank of the adapter (default: 16).")
  @Range(min = 1, max = 1 << 16)
  private int rank = 16;

  @Option(
      names = "--precision",
      paramLabel = "KIND",
      description =
          "Precision of matrix products: f32, bf16 or auto; auto is bf16 if the processor"
              + " supports it and the model is at least 256 wide (default: auto).")
  private PrecisionMode precision = PrecisionMode.AUTO;

  @Option(
      names = "--bf16-states",
      description = "Holds the moments of AdamW in bf16 (default: f32).")
  private boolean bf16States;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  /**
   * A way to train the model.
   *
   * @param name its name
   * @param trained number of weights that are trained
   * @param plain memory without gradient checkpointing
   * @param checkpointing memory with it
   */
  private record Row(
      String name, long trained, MemoryEstimate plain, MemoryEstimate checkpointing) {}

  @Override
  public Integer call() {
    Path folder = ModelFolder.requireFolder(path);
    List<Row> rows = new ArrayList<>();
    long weights;
    boolean bf16;
    try (Model model = load(folder)) {
      weights = model.parameters().numWeights();
      bf16 = precision.isBf16(model.config().hiddenSize());
      rows.add(row("full", model, model.parameters().all(), bf16));
      LoraConfig config =
          LoraConfig.of(rank, 2.0 * rank, Targets.usual(model.config().modelType()));
      try (Adapter adapter = Adapter.create(model, config, 1)) {
        rows.add(row("LoRA", model, adapter.parameters().all(), bf16));
      }
      QuantizedBase.quantize(model);
      try (Adapter adapter = Adapter.create(model, config, 1)) {
        rows.add(row("QLoRA", model, adapter.parameters().all(), bf16));
      }
    }
    report(rows, weights, bf16);
    return 0;
  }

  private static Model load(Path folder) {
    String type = ConfigReader.of(folder.resolve("config.json")).requireString("model_type");
    if (Seq2SeqLm.isFamily(type)) {
      return Seq2SeqLm.load(folder);
    }
    return CausalLm.isFamily(type) ? CausalLm.load(folder) : Encoder.load(folder);
  }

  private Row row(String name, Model model, List<Parameter> trained, boolean bf16) {
    OptimizerOptions optimizer = AdamW.Options.defaults();
    optimizer = bf16States ? optimizer.withStateType(DType.BF16) : optimizer;
    return new Row(
        name,
        trained.stream().mapToLong(parameter -> parameter.shape().numElements()).sum(),
        MemoryEstimate.of(
            model, trained, optimizer, new MemoryEstimate.Batch(batchSize, seqLen, bf16, false)),
        MemoryEstimate.of(
            model, trained, optimizer, new MemoryEstimate.Batch(batchSize, seqLen, bf16, true)));
  }

  private void report(List<Row> rows, long weights, boolean bf16) {
    PrintWriter out = Output.of(spec);
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("parameters", weights);
      map.put("precision", bf16 ? "bf16" : "f32");
      for (Row row : rows) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("trained_parameters", row.trained);
        values.put("mapped_bytes", row.plain.mapped());
        values.put("bytes", row.plain.total());
        values.put("bytes_with_gradient_checkpointing", row.checkpointing.total());
        map.put(row.name.toLowerCase(Locale.ROOT), values);
      }
      Json.print(out, map);
      return;
    }
    out.println(
        Format.format(
            "%s parameters, batch of %d x %d tokens, %s, AdamW",
            Format.count(weights), batchSize, seqLen, bf16 ? "bf16" : "f32"));
    out.println();
    out.println("           trained        memory   with --recompute   weights in file");
    for (Row row : rows) {
      out.println(
          Format.format(
              "%-6s  %10s  %12s  %17s  %16s",
              row.name,
              Format.count(row.trained),
              Format.bytes(row.plain.total()),
              Format.bytes(row.checkpointing.total()),
              Format.bytes(row.plain.mapped())));
    }
    out.println();
    out.println(
        "weights in file: weights that are not trained and stay in the model's file; the system holds\n"
            + "them in memory beside the rest while there is room, and reads them again where there is not");
  }
}
