package dev.rapt.train;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.model.CausalLm;
import dev.rapt.model.HeadedModel;
import dev.rapt.model.Model;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.ModelWriter.TokenIds;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.adapter.Adapter;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSum;
import dev.rapt.nn.Parameters;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.optim.LearningRates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * What a run trains: the parameters that it updates, and the files of its checkpoints.
 *
 * @param config configuration of the model
 * @param scope scope that owns the parameters
 * @param parameters those that are updated, apart from the frozen ones among them
 * @param hiddenMatrices the matrices among them that Muon updates
 * @param computed all parameters with which the model computes, in bf16 in mixed precision
 * @param weightFiles files of a checkpoint that hold the parameters
 * @param description writes the other files of the model: config.json
 * @param rates factors of the learning rate
 */
public record TrainedModel(
    ModelConfig config,
    Scope scope,
    Parameters parameters,
    Set<Parameter> hiddenMatrices,
    List<Parameters> computed,
    List<WeightFile> weightFiles,
    AtomicFiles.FolderWriter description,
    LearningRates rates) {

  /**
   * A file with weights.
   *
   * @param path relative to the folder of a checkpoint
   * @param parameters parameters that it holds
   * @param names names of the parameters in the file
   * @param sums parameters that it holds too, which are computed from others
   */
  public record WeightFile(
      String path,
      Parameters parameters,
      Function<Parameter, String> names,
      List<ParameterSum> sums) {
    /** A file without parameters that are computed. */
    public WeightFile(String path, Parameters parameters, Function<Parameter, String> names) {
      this(path, parameters, names, List.of());
    }

    /** Returns the number of weights that the file holds. */
    long numWeights() {
      return parameters.numWeights()
          + sums.stream().mapToLong(each -> each.sum().shape().numElements()).sum();
    }

    /**
     * Reads the parameters, but not the sums, from the folder of a checkpoint.
     *
     * @throws dev.rapt.checkpoint.CheckpointException if the file is damaged, or one is missing
     */
    public void read(Path folder) {
      try (Checkpoint checkpoint = Checkpoint.open(folder.resolve(path))) {
        for (Parameter parameter : parameters) {
          TensorEntry entry = checkpoint.entry(names.apply(parameter));
          parameter.value().memory().copyFrom(entry.data());
        }
      }
    }

    /**
     * Writes the file.
     *
     * @param folder of the checkpoint
     * @param value gives what is written of each parameter
     */
    void write(Path folder, Function<Parameter, Tensor> value) throws IOException {
      Path file = folder.resolve(path);
      Files.createDirectories(file.getParent());
      Parameters all = new Parameters(parameters.scope());
      parameters.forEach(all::add);
      try (Scope scope = Scope.open()) {
        Map<Parameter, Tensor> computed = new HashMap<>();
        for (ParameterSum sum : sums) {
          Tensor values = scope.empty(DType.F32, sum.sum().shape());
          sum.write(values, value);
          computed.put(all.add(sum.sum()), values);
        }
        ModelWriter.writeWeights(
            file,
            all,
            names,
            DType.F32,
            parameter -> {
              Tensor values = computed.get(parameter);
              return values == null ? value.apply(parameter) : values;
            });
      }
    }
  }

  /** A fresh model, which begins with random weights. */
  public static TrainedModel fresh(CausalLm model, TokenIds ids) {
    return of(model, folder -> ModelWriter.writeConfig(folder, model.config(), ids, DType.F32));
  }

  /** A fresh model, which begins with random weights. */
  public static TrainedModel fresh(HeadedModel model, TokenIds ids) {
    return of(model, folder -> ModelWriter.writeConfig(folder, model, ids, DType.F32));
  }

  /** A fresh model, which begins with random weights. */
  public static TrainedModel fresh(Seq2SeqLm model, TokenIds ids) {
    return of(model, folder -> ModelWriter.writeConfig(folder, model.config(), ids, DType.F32));
  }

  /**
   * A model that is fine-tuned: its config.json keeps what the model that it began with has.
   *
   * @param base Hugging Face folder of the model that it began with
   */
  public static TrainedModel tuned(Model model, Path base) {
    ConfigReader json = ConfigReader.of(base.resolve("config.json"));
    Path generation = base.resolve("generation_config.json");
    return of(
        model,
        folder -> {
          ModelWriter.writeConfig(folder, model, json, DType.F32);
          if (Files.exists(generation)) {
            AtomicFiles.write(
                folder.resolve(generation.getFileName()), Files.readAllBytes(generation));
          }
        });
  }

  /** An adapter on a model that stays as it is. */
  public static TrainedModel adapter(Model model, Adapter adapter) {
    Parameters own = adapter.parameters();
    return new TrainedModel(
        model.config(),
        model.scope(),
        own,
        Set.of(),
        List.of(model.parameters(), own),
        List.of(new WeightFile(Adapter.WEIGHTS_FILE, own, adapter::nameInFile)),
        adapter::writeConfig,
        LearningRates.EQUAL);
  }

  private static TrainedModel of(Model model, AtomicFiles.FolderWriter description) {
    Parameters all = model.parameters();
    return new TrainedModel(
        model.config(),
        model.scope(),
        all,
        model.hiddenMatrices(),
        List.of(all),
        List.of(new WeightFile(Checkpoint.SINGLE_FILE, all, model::nameInClass)),
        description,
        LearningRates.EQUAL);
  }

  /**
   * Returns a copy with other learning rates, for a run that has not begun. Parameters with factor
   * 0 become frozen.
   */
  public TrainedModel withRates(LearningRates factors) {
    factors.trained(parameters);
    return new TrainedModel(
        config, scope, parameters, hiddenMatrices, computed, weightFiles, description, factors);
  }

  /** Returns a copy that trains the parameters of these files too; they compute in f32. */
  public TrainedModel with(List<WeightFile> more) {
    if (more.isEmpty()) {
      return this;
    }
    Parameters all = new Parameters(scope);
    Set<Parameter> present = new HashSet<>(parameters.trained());
    for (Parameter parameter : parameters) {
      all.add(parameter);
      if (!present.contains(parameter)) {
        all.freeze(parameter);
      }
    }
    List<WeightFile> files = new ArrayList<>(weightFiles);
    for (WeightFile file : more) {
      file.parameters().forEach(all::add);
      files.add(file);
    }
    LearningRates ofModel = rates;
    return new TrainedModel(
        config,
        scope,
        all,
        hiddenMatrices,
        computed,
        files,
        description,
        parameter -> parameters.get(parameter.name()) == null ? 1 : ofModel.factor(parameter));
  }

  /**
   * Returns how a checkpoint names the tensors of an optimiser's state, such as {@code
   * exp_avg.encoder.layer.0.weight}: by the name of the parameter in the file of the model, under
   * which a resumed run loads it.
   */
  UnaryOperator<String> stateNames() {
    WeightFile file = weightFiles.getFirst();
    Map<String, String> names = new HashMap<>();
    file.parameters().forEach(each -> names.put(each.name(), file.names().apply(each)));
    return tensor -> {
      int end = tensor.indexOf('.') + 1;
      String parameter = tensor.substring(end);
      return tensor.substring(0, end) + names.getOrDefault(parameter, parameter);
    };
  }

  /** Returns the parameters that are updated. */
  List<Parameter> updated() {
    return parameters.trained();
  }

  /** Returns the number of weights that are updated. */
  public long numUpdated() {
    return updated().stream().mapToLong(each -> each.shape().numElements()).sum();
  }

  /** Returns the number of weights in the files of a checkpoint. */
  public long numStored() {
    return weightFiles.stream().mapToLong(WeightFile::numWeights).sum();
  }
}
