package dev.rapt.cli.command.model;

import dev.rapt.cli.files.AdapterFolder;
import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.files.OutputFolder;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.output.ProgressLine;
import dev.rapt.model.adapter.MergedModel;
import dev.rapt.model.convert.ModelConversion;
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

/** Merges an adapter into its base model. */
@Command(
    name = "merge",
    description = {
      "Writes a copy of a model with a LoRA or DoRA adapter merged into its weights. The copy runs"
          + " at the speed of the base model and loads in the Python libraries.",
      "Merges weight by weight, so that large models need little memory. Writes the new folder"
          + " completely or not at all."
    })
final class AdapterMergeCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "Base model: Hugging Face folder, or ORG/NAME of a pulled model.")
  private Path model = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "ADAPTER",
      description = "Folder of the adapter, as PEFT writes it.")
  private Path adapter = Path.of("");

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "DIR",
      description = "Folder to write; it must not exist.")
  private Path out = Path.of("");

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    AdapterFolder.require(adapter);
    OutputFolder.requireNew(out);
    PrintWriter writer = Output.of(spec);
    ProgressLine line = ProgressLine.toTerminal(Output.errorsOf(spec));
    ModelConversion.Result result =
        MergedModel.write(
            ModelFolder.requireFolder(model),
            adapter,
            out,
            (done, all) ->
                line.update(
                    (double) done / Math.max(1, all),
                    "%s of %s".formatted(Format.bytes(done), Format.bytes(all))));
    line.clear();
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("folder", out.toString());
      object.put("tensors", result.numTensors());
      object.put("bytes_written", result.bytesWritten());
      Json.print(writer, object);
    } else {
      writer.println(
          "%s: %d tensors, %s"
              .formatted(out, result.numTensors(), Format.bytes(result.bytesWritten())));
    }
    return 0;
  }
}
