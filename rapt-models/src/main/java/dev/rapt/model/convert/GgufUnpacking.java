package dev.rapt.model.convert;

import dev.rapt.autograd.Casts;
import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.checkpoint.SafetensorsWriter;
import dev.rapt.checkpoint.SafetensorsWriter.Spec;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.gguf.GgufFile;
import dev.rapt.gguf.architecture.Architectures;
import dev.rapt.gguf.architecture.ReleaseTensors;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.load.CheckpointSource;
import dev.rapt.model.load.StoredModel;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import dev.rapt.tensor.Tensor;
import dev.rapt.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes the model of a GGUF file as a Hugging Face folder: the release that the file was made
 * from, as far as the file says what it was. The folder appears complete or not at all.
 */
final class GgufUnpacking {
  private final ReleaseTensors tensors;
  private final ModelConversion.Options options;
  private final ModelConversion.Progress progress;
  private long bytesDone;

  private GgufUnpacking(
      ReleaseTensors tensors, ModelConversion.Options options, ModelConversion.Progress progress) {
    this.tensors = tensors;
    this.options = options;
    this.progress = progress;
  }

  static ModelConversion.Result run(
      Path file, Path out, ModelConversion.Options options, ModelConversion.Progress progress) {
    StoredModel model = StoredModel.of(file);
    try (Arena arena = Arena.ofShared()) {
      GgufFile mapped = GgufFile.map(file, arena);
      GgufUnpacking unpacking =
          new GgufUnpacking(Architectures.of(mapped).tensors(mapped, arena), options, progress);
      List<Spec> specs = unpacking.specs();
      List<String> files = new ArrayList<>();
      AtomicFiles.replaceFolder(
          out,
          incoming -> {
            unpacking.describe(model, incoming);
            SafetensorsWriter.writeFolder(
                    incoming, specs, options.maxShardBytes(), unpacking::append)
                .forEach(written -> files.add(written.getFileName().toString()));
          });
      return new ModelConversion.Result(
          specs.size(),
          unpacking.bytesInAll(),
          specs.stream().mapToLong(Spec::byteSize).sum(),
          List.copyOf(files));
    }
  }

  private List<Spec> specs() {
    List<Spec> specs = new ArrayList<>();
    for (String name : tensors.allNames()) {
      specs.add(new Spec(name, newType(name), tensors.shape(name)));
    }
    return specs;
  }

  /** Returns the type that was asked for, else that of the file; F32 is exact for blocks. */
  private DType newType(String name) {
    DType wanted = options.weightType();
    if (wanted != null) {
      return wanted;
    }
    return tensors.isPacked(name) ? DType.F32 : tensors.entry(name).dtype();
  }

  private long bytesInAll() {
    return tensors.allNames().stream().mapToLong(tensors::byteSize).sum();
  }

  private void append(SafetensorsWriter writer, Spec spec) {
    String name = spec.name();
    try (Scope scope = Scope.open()) {
      PackedWeight packed = tensors.packed(name).orElse(null);
      if (packed != null) {
        Tensor value = packed.unpack(scope, DType.F32);
        writer.append(
            name, spec.dtype() == DType.F32 ? value.memory() : cast(scope, value, spec).memory());
      } else {
        TensorEntry entry = tensors.entry(name);
        writer.append(
            name,
            entry.dtype() == spec.dtype()
                ? entry.data()
                : cast(
                        scope,
                        CheckpointSource.readable(
                            scope, entry.data(), entry.dtype(), entry.shape().numElements()),
                        spec)
                    .memory());
      }
    }
    bytesDone += tensors.byteSize(name);
    progress.update(bytesDone, bytesInAll());
  }

  private static Tensor cast(Scope scope, Tensor value, Spec spec) {
    Shape shape = value.shape();
    Tensor narrow = scope.empty(spec.dtype(), shape);
    Casts.copy(narrow, value);
    return narrow;
  }

  /** Writes all files but the weights. */
  private void describe(StoredModel model, Path folder) throws IOException {
    ObjectNode config = (ObjectNode) model.config().json().deepCopy();
    DType type = options.weightType();
    if (type != null) {
      config.put("dtype", ModelWriter.torchName(type));
    }
    JsonFiles.write(folder.resolve("config.json"), config);
    ConfigReader generation = model.generationConfig().orElseThrow();
    JsonFiles.write(folder.resolve("generation_config.json"), generation.json());
    if (model.hasTokenizer()) {
      Tokenizer tokenizer = model.tokenizer();
      tokenizer.save(folder);
    }
    String template = model.chatTemplate().flatMap(chat -> chat.source()).orElse(null);
    if (template != null) {
      Files.writeString(folder.resolve("chat_template.jinja"), template);
    }
  }
}
