package dev.rapt.cli.command.model;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.cli.files.AdapterFolder;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.model.adapter.Adapter;
import dev.rapt.model.adapter.LoraConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what is in the folder of an adapter. */
@Command(
    name = "info",
    description = "Shows kind, rank, base model and size of an adapter, without the base model.")
final class AdapterInfoCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "ADAPTER",
      description = "Folder with adapter_config.json and adapter_model.safetensors.")
  private Path folder = Path.of("");

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    AdapterFolder.require(folder);
    LoraConfig config = LoraConfig.parse(ConfigReader.of(folder.resolve(LoraConfig.FILE)));
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("kind", config.dora() ? "DoRA" : "LoRA");
    facts.put("rank", config.rank());
    facts.put("alpha", config.alpha());
    facts.put("rank_stabilized", config.rankStabilized());
    facts.put("base_model", config.baseModel());
    facts.put("task_type", config.taskType());
    try (Checkpoint file = Checkpoint.open(folder.resolve(Adapter.WEIGHTS_FILE))) {
      Adapter.requireSupported(file);
      facts.put("layers", file.names().stream().filter(name -> name.contains(".lora_A.")).count());
      facts.put(
          "parameters",
          file.names().stream().mapToLong(name -> file.entry(name).shape().numElements()).sum());
      facts.put("bytes", file.weightBytes());
    }
    PrintWriter out = Output.of(spec);
    if (json) {
      Json.print(out, facts);
    } else {
      facts.forEach((name, value) -> print(out, name, value));
    }
    return 0;
  }

  private static void print(PrintWriter out, String name, @Nullable Object value) {
    if (value != null) {
      Object shown = name.equals("bytes") ? Format.bytes((Long) value) : value;
      out.println("%-16s %s".formatted(name.replace('_', ' '), shown));
    }
  }
}
