package dev.rapt.cli.command.model;

import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.files.OutputFolder;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.output.ProgressLine;
import dev.rapt.model.convert.GgmlTypes;
import dev.rapt.model.convert.GgufConversion;
import dev.rapt.model.convert.ModelConversion;
import dev.rapt.model.load.StoredModel;
import dev.rapt.quant.ggml.GgmlType;
import dev.rapt.tensor.DType;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Converts a model to another element type, to other shards or to another format. */
@Command(
    name = "convert",
    description = {
      "Writes a copy of a model with weights of another type or in shards of another size, or in"
          + " another format: GGUF or safetensors. Copies the tokenizer and all other files.",
      "Converts tensor by tensor, so that large models need little memory. Writes the new folder"
          + " completely or not at all."
    })
public final class ConvertCommand implements Callable<Integer> {
  /** Element types of the copy. */
  enum WeightType {
    F32(DType.F32),
    BF16(DType.BF16),
    F16(DType.F16);

    private final DType type;

    WeightType(DType type) {
      this.type = type;
    }

    DType dtype() {
      return type;
    }
  }

  /** Parses sizes like {@code 5GB}, {@code 500MB}, {@code 2GiB}. */
  static final class Bytes implements ITypeConverter<Long> {
    private static final Pattern SIZE =
        Pattern.compile("(\\d{1,9}(?:\\.\\d{1,3})?) ?([kmgt]?)(i?)b?", Pattern.CASE_INSENSITIVE);

    @Override
    public Long convert(String text) {
      Matcher matcher = SIZE.matcher(text.strip());
      if (!matcher.matches()) {
        throw new TypeConversionException("must be a size like 5GB or 500MB, got " + text);
      }
      int power = " kmgt".indexOf(matcher.group(2).toLowerCase(Locale.ROOT).concat(" ").charAt(0));
      double unit = Math.pow(matcher.group(3).isEmpty() ? 1000 : 1024, power);
      long bytes = (long) (Double.parseDouble(matcher.group(1)) * unit);
      if (bytes < 1) {
        throw new TypeConversionException("must be at least 1 byte, got " + text);
      }
      return bytes;
    }
  }

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "Hugging Face folder, GGUF or ONNX file, or ORG/NAME of a pulled model.")
  private Path model = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description =
          "What to write: a folder in safetensors, or a file that ends in .gguf; it must not"
              + " exist.")
  private Path out = Path.of("");

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description =
          "Element type of the weights: f32, bf16 or f16; quantised ones are unpacked (default:"
              + " unchanged).")
  private @Nullable WeightType type;

  @Option(
      names = "--max-shard-size",
      paramLabel = "SIZE",
      defaultValue = "5GB",
      converter = Bytes.class,
      description =
          "Maximum bytes of weights per file, such as 500MB or 2GiB (default: ${DEFAULT-VALUE}).")
  private long maxShardBytes;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter writer = Output.of(spec);
    ProgressLine line = ProgressLine.toTerminal(Output.errorsOf(spec));
    Path folder = ModelFolder.require(model);
    OutputFolder.requireNew(out);
    if (StoredModel.isGguf(out)) {
      toGguf(folder, writer, line);
      return 0;
    }
    ModelConversion.Result result =
        ModelConversion.run(
            folder,
            out,
            new ModelConversion.Options(type == null ? null : type.dtype(), maxShardBytes),
            (done, all) ->
                line.update(
                    (double) done / Math.max(1, all),
                    "%s of %s".formatted(Format.bytes(done), Format.bytes(all))));
    line.clear();
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("folder", out.toString());
      object.put("tensors", result.numTensors());
      object.put("bytes_read", result.bytesRead());
      object.put("bytes_written", result.bytesWritten());
      object.put("files", result.files());
      Json.print(writer, object);
    } else {
      writer.println(
          "%s: %d tensors, %s before, %s now, in %s"
              .formatted(
                  out,
                  result.numTensors(),
                  Format.bytes(result.bytesRead()),
                  Format.bytes(result.bytesWritten()),
                  result.files().size() == 1
                      ? result.files().getFirst()
                      : result.files().size() + " files"));
    }
    return 0;
  }

  private void toGguf(Path folder, PrintWriter writer, ProgressLine line) {
    GgmlTypes types = type == null ? null : new GgmlTypes(GgmlType.valueOf(type.name()), null);
    GgufConversion.Result result =
        GgufConversion.run(
            StoredModel.of(folder),
            out,
            types,
            (done, all) -> line.update((double) done / Math.max(1, all), "converting"));
    line.clear();
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("file", out.toString());
      object.put("tensors", result.numTensors());
      object.put("bytes_written", result.bytesWritten());
      Json.print(writer, object);
    } else {
      writer.println(
          "%s: %d tensors, %s"
              .formatted(out, result.numTensors(), Format.bytes(result.bytesWritten())));
    }
  }
}
