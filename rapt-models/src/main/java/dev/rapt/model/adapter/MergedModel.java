package dev.rapt.model.adapter;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.Model;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.WholeModel;
import dev.rapt.model.convert.ModelConversion;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a copy of a model with an adapter merged into its weights. All other files and weights are
 * copied unchanged; weights keep their dtype. Weights are merged one by one, so a large model needs
 * little memory, unless the adapter brings a head that the model lacks.
 */
public final class MergedModel {
  private static final long MAX_SHARD_BYTES = 5_000_000_000L;

  private MergedModel() {}

  /**
   * Merges an adapter.
   *
   * @param base folder of the base model, with the head that its config.json names; a head that the
   *     adapter stores whole takes the place of another one
   * @param adapter folder of the adapter, in the format of PEFT
   * @param out folder to create; must not exist
   * @throws CheckpointException if a folder cannot be read, the adapter belongs to another model,
   *     or the weights of the base model are quantised
   */
  public static ModelConversion.Result write(
      Path base, Path adapter, Path out, ModelConversion.Progress progress) {
    ConfigReader config = ConfigReader.of(base.resolve("config.json"));
    if (config.has("quantization_config")) {
      throw config.error(
          "quantization_config",
          "must be absent to merge an adapter, got quantised weights; merge into the original"
              + " model");
    }
    StoredHead head =
        StoredHead.of(LoraConfig.parse(ConfigReader.of(adapter.resolve(LoraConfig.FILE))), config)
            .orElse(null);
    if (head != null) {
      return writeWithHead(base, adapter, out, head, config);
    }
    try (Model model = WholeModel.load(base, config);
        Adapter attached = Adapter.load(adapter, model)) {
      Map<String, Parameter> adapted = new LinkedHashMap<>();
      attached.adapted().forEach(parameter -> adapted.put(parameter.name(), parameter));
      requireStored(base, adapted.keySet());
      ModelConversion.Options options = new ModelConversion.Options(null, MAX_SHARD_BYTES);
      return ModelConversion.run(
          base, out, options, (name, scope) -> merged(adapted.get(name), scope), progress);
    }
  }

  /** Merges an adapter that brings the head, so that the model gets weights that it lacks. */
  private static ModelConversion.Result writeWithHead(
      Path base, Path adapter, Path out, StoredHead head, ConfigReader config) {
    try (Model model = head.load(base, adapter);
        Adapter attached = Adapter.load(adapter, model)) {
      StoredHead.requireComplete(model, attached, adapter);
      attached.merge(model);
      AtomicFiles.replaceFolder(
          out,
          into -> {
            ModelConversion.copyOthers(base, into);
            writeWhole(into, model, config);
          });
      long bytes = model.parameters().numWeights() * weightType(model).byteSize();
      return new ModelConversion.Result(
          model.parameters().all().size(), bytes, bytes, List.of(Checkpoint.SINGLE_FILE));
    }
  }

  /**
   * Writes config.json and the weights of a model, in the dtype of its largest matrix.
   *
   * @param base config.json of the model that it began with
   */
  public static void writeWhole(Path folder, Model model, ConfigReader base) {
    DType type = weightType(model);
    ModelWriter.writeConfig(folder, model, base, type);
    ModelWriter.writeWeights(
        folder.resolve(Checkpoint.SINGLE_FILE),
        model.parameters(),
        model::nameInClass,
        type,
        Parameter::stored);
  }

  /** The dtype of the largest stored matrix. */
  private static DType weightType(Model model) {
    Parameter largest = null;
    for (Parameter parameter : model.parameters()) {
      boolean isLarger =
          largest == null || parameter.shape().numElements() > largest.shape().numElements();
      largest = isLarger ? parameter : largest;
    }
    DType type = largest == null ? DType.F32 : largest.stored().dtype();
    return type == DType.BF16 || type == DType.F16 ? type : DType.F32;
  }

  private static void requireStored(Path base, Set<String> names) {
    try (Checkpoint checkpoint = Checkpoint.open(base)) {
      for (String name : names) {
        if (!checkpoint.has(name)) {
          throw new CheckpointException(
              base, name, "must be stored under this name to merge an adapter into it, got none");
        }
      }
    }
  }

  private static @Nullable Tensor merged(@Nullable Parameter weight, Scope scope) {
    return weight == null ? null : weight.merged(scope);
  }
}
