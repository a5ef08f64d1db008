package dev.rapt.model.convert;

import dev.rapt.autograd.Casts;
import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.checkpoint.SafetensorsWriter;
import dev.rapt.checkpoint.SafetensorsWriter.Spec;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.load.CheckpointSource;
import dev.rapt.model.load.StoredModel;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import dev.rapt.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Copies the folder of a model with weights in another dtype or in shards of another size.
 * Quantised weights are unpacked if a dtype is given. All other files are copied unchanged. Weights
 * are converted in parts, not loaded as a whole. The new folder appears complete or not at all.
 */
public final class ModelConversion {
  private static final String CONFIG_FILE = "config.json";
  private static final Pattern WEIGHT_FILE =
      Pattern.compile(
          ".*\\.(safetensors|bin|pt|pth|h5|msgpack|ot|onnx|onnx_data|gguf)|.*\\.(safetensors|bin)\\.index\\.json");
  private static final int PART_ELEMENTS = 1 << 22;

  /**
   * Options of a conversion.
   *
   * @param weightType f32, bf16 or f16 for all weights; null to keep each weight's dtype
   * @param maxShardBytes largest size of a shard, in bytes of tensors
   */
  public record Options(@Nullable DType weightType, long maxShardBytes) {}

  /**
   * Result of a conversion.
   *
   * @param numTensors number of tensors
   * @param bytesRead size of the tensors before the conversion
   * @param bytesWritten size of the tensors afterwards
   * @param files names of the weight files
   */
  public record Result(int numTensors, long bytesRead, long bytesWritten, List<String> files) {}

  /** Observer of the progress of a conversion. */
  @FunctionalInterface
  public interface Progress {
    /** Called when so many bytes of the weights have been read. */
    void update(long bytesDone, long bytesInAll);
  }

  /** Supplies weights that the copy has in place of those of the folder. */
  @FunctionalInterface
  public interface Replacement {
    /** No weights are replaced. */
    Replacement NONE = (_, _) -> null;

    /**
     * Returns the new value of the tensor of this name, f32, bf16 or f16 in the shape of the old
     * one; null to keep it.
     *
     * @param scope for the value; closed when it has been written
     */
    @Nullable Tensor of(String name, Scope scope);
  }

  private final Checkpoint checkpoint;
  private final Options options;
  private final Replacement replacement;
  private final Progress progress;
  private long bytesInAll;
  private long bytesDone;

  private ModelConversion(
      Checkpoint checkpoint, Options options, Replacement replacement, Progress progress) {
    this.checkpoint = checkpoint;
    this.options = options;
    this.replacement = replacement;
    this.progress = progress;
  }

  /**
   * Converts a folder, or the model of a GGUF or ONNX file to a folder.
   *
   * @param out folder to create; must not exist
   * @throws IllegalArgumentException if {@code out} exists, or the dtype is not f32, bf16 or f16
   * @throws CheckpointException if the folder cannot be read or written, or a weight is too large
   *     for f16
   */
  public static Result run(Path folder, Path out, Options options, Progress progress) {
    return run(folder, out, options, Replacement.NONE, progress);
  }

  /**
   * Converts a folder, with other values for some weights.
   *
   * @param out folder to create; must not exist
   * @throws IllegalArgumentException as in {@link #run(Path, Path, Options, Progress)}
   * @throws CheckpointException as in {@link #run(Path, Path, Options, Progress)}
   */
  public static Result run(
      Path folder, Path out, Options options, Replacement replacement, Progress progress) {
    if (Files.exists(out)) {
      throw new IllegalArgumentException(
          "%s: must not exist, got a file or folder; choose another path".formatted(out));
    }
    if (StoredModel.isGguf(folder)) {
      return GgufUnpacking.run(folder, out, options, progress);
    }
    StoredModel stored = StoredModel.of(folder);
    ConfigReader config = stored.config();
    DType type = options.weightType();
    if (type != null && config.has("quantization_config")) {
      return FolderUnpacking.run(folder, out, config, type, options.maxShardBytes(), progress);
    }
    boolean isOnnx = StoredModel.isOnnx(folder) || StoredModel.hasOnnx(folder);
    try (Checkpoint checkpoint = isOnnx ? stored.weights().checkpoint() : Checkpoint.open(folder)) {
      ModelConversion conversion = new ModelConversion(checkpoint, options, replacement, progress);
      List<Spec> specs = conversion.specs();
      List<String> files = new ArrayList<>();
      AtomicFiles.replaceFolder(
          out,
          incoming -> {
            describe(stored, folder, incoming);
            Path copy = incoming.resolve(CONFIG_FILE);
            if (type != null || !Files.exists(copy)) {
              ObjectNode json = (ObjectNode) config.json().deepCopy();
              setType(json, ModelWriter.torchName(type == null ? DType.F32 : type));
              JsonFiles.write(copy, json);
            }
            SafetensorsWriter.writeFolder(
                    incoming, specs, options.maxShardBytes(), conversion::append)
                .forEach(file -> files.add(file.getFileName().toString()));
          });
      return new Result(
          specs.size(),
          checkpoint.weightBytes(),
          specs.stream().mapToLong(Spec::byteSize).sum(),
          List.copyOf(files));
    }
  }

  private List<Spec> specs() {
    List<Spec> specs = new ArrayList<>();
    for (String name : checkpoint.names()) {
      DType present = checkpoint.type(name).dtype().orElseGet(() -> checkpoint.entry(name).dtype());
      Shape shape = checkpoint.shape(name);
      specs.add(new Spec(name, newType(present), shape));
      bytesInAll += shape.numElements() * present.byteSize();
    }
    return specs;
  }

  private DType newType(DType present) {
    DType wanted = options.weightType();
    return wanted == null || !present.isFloat() ? present : wanted;
  }

  private void append(SafetensorsWriter writer, Spec spec) {
    TensorEntry entry = checkpoint.entry(spec.name());
    try (Scope scope = Scope.open()) {
      Tensor value = replacement.of(spec.name(), scope);
      if (value != null) {
        Tensor stored = scope.empty(spec.dtype(), spec.shape());
        Casts.copy(stored, value);
        append(writer, entry, stored);
        advance(entry.data().byteSize());
        return;
      }
    }
    if (entry.dtype() == spec.dtype()) {
      writer.append(spec.name(), entry.data());
      advance(entry.data().byteSize());
      return;
    }
    int width = entry.dtype().byteSize();
    long count = entry.shape().numElements();
    for (long from = 0; from < count; from += PART_ELEMENTS) {
      long n = Math.min(PART_ELEMENTS, count - from);
      try (Scope scope = Scope.open()) {
        MemorySegment part = entry.data().asSlice(from * width, n * width);
        Tensor narrow = scope.empty(spec.dtype(), n);
        Casts.copy(narrow, CheckpointSource.readable(scope, part, entry.dtype(), n));
        append(writer, entry, narrow);
      }
      advance(n * width);
    }
  }

  private void append(SafetensorsWriter writer, TensorEntry entry, Tensor value) {
    requireFinite(value, checkpoint.file(entry.name()), entry.name());
    writer.append(entry.name(), value.memory());
  }

  private void advance(long bytes) {
    bytesDone += bytes;
    progress.update(bytesDone, bytesInAll);
  }

  /** Checks that no value was too large for f16. */
  static void requireFinite(Tensor value, Path file, String name) {
    if (value.dtype() != DType.F16) {
      return;
    }
    for (long i = 0; i < value.numElements(); i++) {
      int bits = value.memory().getAtIndex(ValueLayout.JAVA_SHORT, i);
      if ((bits & 0x7FFF) == 0x7C00) {
        throw new CheckpointException(
            file, name, "must be within 65504 to be stored in f16, got more; convert to bf16");
      }
    }
  }

  /** Sets the dtype of a configuration and of nested ones that have one. */
  static void setType(ObjectNode json, String torchName) {
    json.put("dtype", torchName);
    if (json.has("torch_dtype")) {
      json.put("torch_dtype", torchName);
    }
    for (JsonNode inside : json.values()) {
      if (inside instanceof ObjectNode object
          && (object.has("dtype") || object.has("torch_dtype"))) {
        setType(object, torchName);
      }
    }
  }

  /** Copies the files beside the weights; of an ONNX file outside a model folder, the tokenizer. */
  private static void describe(StoredModel stored, Path model, Path out) throws IOException {
    Path folder = StoredModel.describingFolder(model);
    if (Files.isDirectory(model) || Files.exists(folder.resolve(CONFIG_FILE))) {
      copyOthers(folder, out);
    } else if (stored.hasTokenizer()) {
      stored.tokenizer().save(out);
    }
  }

  /**
   * Copies the files of a model folder that hold no weights, but no hidden ones.
   *
   * @throws IOException if a file cannot be read or written
   */
  public static void copyOthers(Path folder, Path out) throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(folder)) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      Path relative = folder.relativize(file);
      boolean isHidden = relative.getName(0).toString().startsWith(".");
      if (isHidden || WEIGHT_FILE.matcher(file.getFileName().toString()).matches()) {
        continue;
      }
      Path copy = out.resolve(relative);
      Files.createDirectories(Objects.requireNonNull(copy.getParent()));
      try (InputStream content = Files.newInputStream(file)) { // copies no permissions
        Files.copy(content, copy);
      }
    }
  }
}
