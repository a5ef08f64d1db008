package dev.rapt.model.convert;

import dev.rapt.autograd.Casts;
import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.checkpoint.SafetensorsWriter;
import dev.rapt.checkpoint.SafetensorsWriter.Spec;
import dev.rapt.gguf.architecture.Architectures;
import dev.rapt.model.ModelOutline;
import dev.rapt.model.ModelOutline.Outlined;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.load.StoredModel;
import dev.rapt.nn.RandomSource;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes models with random weights, initialised as the family is for training: the weights that a
 * model created from the same configuration and seed has. Weights are drawn and written in parts,
 * so that models larger than memory can be made.
 */
public final class RandomModel {
  private static final long PART_ELEMENTS = 64 * RandomSource.BLOCK_ELEMENTS; // 16 MB in f32

  private RandomModel() {}

  /**
   * Writes a Hugging Face folder, which appears complete or not at all.
   *
   * @param json config.json of the model; the element type is added
   * @param others writes the other files of the folder, such as a tokenizer
   * @throws dev.rapt.checkpoint.CheckpointException if Rapt does not have the family, a key is
   *     missing or wrong, or the folder cannot be written
   */
  public static ModelConversion.Result write(
      Path folder,
      ConfigReader json,
      long seed,
      ModelConversion.Options options,
      AtomicFiles.FolderWriter others,
      ModelConversion.Progress progress) {
    DType type = Objects.requireNonNull(options.weightType());
    Map<String, Outlined> parameters = ModelOutline.parameters(json);
    List<Spec> specs = new ArrayList<>();
    parameters.forEach((name, outlined) -> specs.add(new Spec(name, type, outlined.shape())));
    long bytesInAll = specs.stream().mapToLong(Spec::byteSize).sum();
    long[] done = new long[1];
    List<String> files = new ArrayList<>();
    AtomicFiles.replaceFolder(
        folder,
        incoming -> {
          ObjectNode config = json.json().asObject().deepCopy();
          ModelConversion.setType(config, ModelWriter.torchName(type));
          JsonFiles.write(incoming.resolve("config.json"), config);
          others.writeTo(incoming);
          SafetensorsWriter.writeFolder(
                  incoming,
                  specs,
                  options.maxShardBytes(),
                  (writer, spec) -> {
                    Outlined outlined = Objects.requireNonNull(parameters.get(spec.name()));
                    append(
                        writer,
                        spec,
                        new RandomSource.Draw(spec.name(), outlined.init(), spec.shape()),
                        seed);
                    done[0] += spec.byteSize();
                    progress.update(done[0], bytesInAll);
                  })
              .forEach(file -> files.add(file.getFileName().toString()));
        });
    return new ModelConversion.Result(specs.size(), 0, bytesInAll, List.copyOf(files));
  }

  /**
   * Writes a GGUF file, which appears complete or not at all. A folder beside it holds the weights
   * in between.
   *
   * @param name of the model
   * @param json config.json of the model
   * @param options as in {@link #write}
   * @param types types of the matrices; null for the element type of the options
   * @param others writes the tokenizer
   * @throws dev.rapt.checkpoint.CheckpointException as in {@link #write}, or if GGUF has no
   *     architecture for the model
   */
  public static GgufConversion.Result writeGguf(
      Path file,
      String name,
      ConfigReader json,
      long seed,
      ModelConversion.Options options,
      @Nullable GgmlTypes types,
      AtomicFiles.FolderWriter others,
      ModelConversion.Progress progress) {
    Architectures.of(json); // before any work
    GgufConversion.Result[] result = new GgufConversion.Result[1];
    AtomicFiles.withScratch(
        file,
        scratch -> {
          Path folder = scratch.resolve(name);
          write(folder, json, seed, options, others, (done, all) -> progress.update(done, 2 * all));
          result[0] =
              GgufConversion.run(
                  StoredModel.of(folder),
                  file,
                  types,
                  (done, all) -> progress.update(all + done, 2 * all));
        });
    return Objects.requireNonNull(result[0]);
  }

  private static void append(
      SafetensorsWriter writer, Spec spec, RandomSource.Draw draw, long seed) {
    long count = spec.shape().numElements();
    for (long from = 0; from < count; from += PART_ELEMENTS) {
      try (Scope scope = Scope.open()) {
        Tensor drawn = scope.empty(DType.F32, Math.min(PART_ELEMENTS, count - from));
        RandomSource.fill(drawn.memory(), draw, seed, from);
        Tensor stored = drawn;
        if (spec.dtype() != DType.F32) {
          stored = scope.empty(spec.dtype(), drawn.numElements());
          Casts.copy(stored, drawn);
        }
        writer.append(spec.name(), stored.memory());
      }
    }
  }
}
