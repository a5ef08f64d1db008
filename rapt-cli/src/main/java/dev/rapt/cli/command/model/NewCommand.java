package dev.rapt.cli.command.model;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.files.OutputFolder;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.output.ProgressLine;
import dev.rapt.hub.HubSettings;
import dev.rapt.model.convert.GgmlTypes;
import dev.rapt.model.convert.GgufConversion;
import dev.rapt.model.convert.ModelConversion;
import dev.rapt.model.convert.RandomModel;
import dev.rapt.model.load.StoredModel;
import dev.rapt.quant.ggml.GgmlType;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.train.ByteLevelBpeTrainer;
import dev.rapt.train.finetune.TokenizerFiles;
import dev.rapt.train.shape.NamedShape;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/** Makes a model of a known shape with random weights. */
@Command(
    name = "new",
    description = {
      "Makes a model of a known shape with random weights, to measure speed and memory, to test"
          + " programs or to train from scratch: a Hugging Face folder or a GGUF file.",
      "Draws and writes the weights in parts, so that large models need little memory; a GGUF file"
          + " needs as much disk again for a copy in --dtype while it is made. The weights follow"
          + " the initialisation of the family and depend on --seed alone."
    })
public final class NewCommand implements Callable<Integer> {
  private static final long MAX_SHARD_BYTES = 5_000_000_000L;

  /** The 256 bytes and an end-of-text token. */
  private static final int BYTE_TOKENS = 257;

  /** Names of shapes. */
  static final class ShapeNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return NamedShape.names().iterator();
    }
  }

  @Option(
      names = "--shape",
      required = true,
      paramLabel = "NAME",
      completionCandidates = ShapeNames.class,
      description =
          "Shape: ${COMPLETION-CANDIDATES}, or a config.json or the folder that holds one, of any"
              + " family in docs/models.md.")
  private String shape = "";

  @Option(
      names = "--out",
      required = true,
      paramLabel = "OUT",
      description =
          "What to write: a folder in safetensors, or a file that ends in .gguf; it must not"
              + " exist.")
  private Path out = Path.of("");

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description = "Element type of the weights: f32, bf16 or f16 (default: bf16).")
  private ConvertCommand.WeightType type = ConvertCommand.WeightType.BF16;

  @Option(
      names = "--quantize",
      paramLabel = "TYPE",
      description =
          "Type of the matrices of a GGUF file, as in rapt quantize --type (default: none).")
  private @Nullable String quantize;

  @Option(
      names = "--head-type",
      paramLabel = "TYPE",
      description = "Type of token embeddings and head (default: that of --quantize).")
  private @Nullable String headType;

  @Option(names = "--seed", paramLabel = "N", description = "Seed of the weights (default: 1).")
  private long seed = 1;

  @Option(
      names = "--vocab",
      paramLabel = "N",
      description = "Number of tokens of the model (default: that of the shape).")
  @Range(min = 1, max = 1 << 24)
  private @Nullable Integer vocabSize;

  @Option(
      names = "--tokenizer",
      paramLabel = "DIR",
      description =
          "Folder with the tokenizer, or ORG/NAME of a pulled model (default: the 256 bytes and an"
              + " end-of-text token; the other tokens of the shape then stand for no text).")
  private @Nullable Path tokenizer;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  /**
   * What was written.
   *
   * @param tensors number of tensors
   * @param bytes their size
   */
  private record Written(int tensors, long bytes) {}

  @Override
  public Integer call() {
    GgmlTypes types = types();
    OutputFolder.requireNew(out);
    NamedShape named = namedShape();
    ObjectNode config = named.config();
    if (vocabSize != null) {
      config.put("vocab_size", vocabSize);
    }
    Path tokenizerFolder =
        tokenizer == null ? null : ModelFolder.find(tokenizer, HubSettings.ofProcess().cache());
    Tokenizer found = tokenizer(tokenizerFolder, config);
    ProgressLine line = ProgressLine.toTerminal(Output.errorsOf(spec));
    Written written =
        write(
            named,
            types,
            folder -> {
              if (tokenizerFolder != null && Files.isDirectory(tokenizerFolder)) {
                TokenizerFiles.copy(tokenizerFolder, folder);
              } else if (found != null) {
                found.save(folder);
              }
            },
            (done, all) -> line.update((double) done / Math.max(1, all), "writing"));
    line.clear();
    report(Output.of(spec), named, written, found);
    return 0;
  }

  private @Nullable GgmlTypes types() {
    if (quantize == null) {
      if (headType != null) {
        throw new IllegalArgumentException(
            "--head-type: must come with --quantize, got " + headType);
      }
      return null;
    }
    if (!StoredModel.isGguf(out)) {
      throw new IllegalArgumentException(
          "--quantize: must come with --out FILE.gguf, got --out %s; leave it out for a folder"
              .formatted(out));
    }
    GgmlType head = headType == null ? null : QuantizeCommand.named("--head-type", headType);
    return new GgmlTypes(QuantizeCommand.named("--quantize", quantize), head);
  }

  private NamedShape namedShape() {
    Path path = Path.of(shape);
    return Files.exists(path) ? NamedShape.of(path, Files.isDirectory(path)) : NamedShape.of(shape);
  }

  /** Returns the tokenizer and writes its special tokens to the configuration. */
  private @Nullable Tokenizer tokenizer(@Nullable Path folder, ObjectNode config) {
    int size = ConfigReader.of(Path.of("config.json"), config).requireInt("vocab_size");
    if (folder == null && size < BYTE_TOKENS) {
      return null;
    }
    Tokenizer found =
        folder == null
            ? new ByteLevelBpeTrainer(ByteLevelBpeTrainer.Options.of(BYTE_TOKENS))
                .trainOnTexts(List.of())
            : ModelFolder.tokenizer(folder);
    if (found.vocabSize() > size) {
      throw new IllegalArgumentException(
          "--tokenizer: must have at most %d tokens, as the shape has, got %d; pass --vocab %d"
              .formatted(size, found.vocabSize(), found.vocabSize()));
    }
    found.eosId().ifPresent(id -> config.put("eos_token_id", id));
    found.bosId().ifPresent(id -> config.put("bos_token_id", id));
    return found;
  }

  private Written write(
      NamedShape named,
      @Nullable GgmlTypes types,
      AtomicFiles.FolderWriter others,
      ModelConversion.Progress progress) {
    ConfigReader config = ConfigReader.of(Path.of("config.json"), named.config());
    ModelConversion.Options options = new ModelConversion.Options(type.dtype(), MAX_SHARD_BYTES);
    if (StoredModel.isGguf(out)) {
      GgufConversion.Result result =
          RandomModel.writeGguf(out, named.name(), config, seed, options, types, others, progress);
      return new Written(result.numTensors(), result.bytesWritten());
    }
    ModelConversion.Result result = RandomModel.write(out, config, seed, options, others, progress);
    return new Written(result.numTensors(), result.bytesWritten());
  }

  private void report(
      PrintWriter writer, NamedShape named, Written written, @Nullable Tokenizer found) {
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("out", out.toString());
      object.put("shape", named.name());
      object.put("tensors", written.tensors);
      object.put("bytes_written", written.bytes);
      object.put("tokens_of_tokenizer", found == null ? 0 : found.vocabSize());
      Json.print(writer, object);
      return;
    }
    writer.println(
        "%s: %s with random weights, %d tensors, %s, %s"
            .formatted(
                out,
                named.name(),
                written.tensors,
                Format.bytes(written.bytes),
                found == null
                    ? "no tokenizer"
                    : "a tokenizer of %s tokens".formatted(found.vocabSize())));
  }
}
