package dev.rapt.model.adapter;

import dev.rapt.autograd.Casts;
import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.checkpoint.SafetensorsWriter;
import dev.rapt.checkpoint.SafetensorsWriter.Spec;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.model.CausalLm;
import dev.rapt.model.Model;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.load.CheckpointSource;
import dev.rapt.nn.LowRank;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Parameters;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A LoRA or DoRA adapter on a model: small matrices beside the weights of some linear layers, and a
 * few layers that are stored whole. The model computes with it as long as it is attached; several
 * adapters may be attached at once, and their updates add up. Owns its matrices; close it before
 * the model.
 */
public final class Adapter implements AutoCloseable {
  /** Name of the file with the matrices, in an adapter's folder. */
  public static final String WEIGHTS_FILE = "adapter_model.safetensors";

  private static final String PREFIX = "base_model.model.";
  private static final String DOWN = ".lora_A.weight";
  private static final String UP = ".lora_B.weight";
  private static final String MAGNITUDE = ".lora_magnitude_vector";
  private static final String WEIGHT = ".weight";
  private static final Set<String> TIED_HEADS = Set.of("lm_head.weight", "embed_out.weight");

  private final LoraConfig config;
  private final Scope scope = Scope.open();
  private final Parameters parameters = new Parameters(scope);
  private final Map<Parameter, LowRank> updates = new LinkedHashMap<>();
  private final Map<Parameter, Tensor> whole = new LinkedHashMap<>(); // of the model, own value
  private final Map<Parameter, Before> before = new LinkedHashMap<>();
  private final Map<Parameter, String> names = new HashMap<>(); // of own parameters in the file
  private boolean merged;

  /** A weight of the model before it was replaced. */
  private record Before(
      @Nullable PackedWeight packed, @Nullable Tensor value, List<LowRank> updates) {
    static Before of(Parameter weight) {
      PackedWeight packed = weight.packed();
      return new Before(packed, packed == null ? weight.stored() : null, weight.updates());
    }

    void restoreValue(Parameter weight) {
      if (value == null) {
        weight.pack(Objects.requireNonNull(packed));
      } else {
        weight.replace(value);
      }
    }
  }

  private Adapter(LoraConfig config) {
    this.config = config;
  }

  /**
   * Creates an adapter that changes nothing yet and attaches it: A is uniform in +-1 / sqrt(input),
   * as in PEFT, B is zero, and the magnitudes of DoRA are the norms of the rows. To train it, track
   * {@link #parameters} and no others: the base model gets no gradients, and its weights stay where
   * they are, be it in a mapped file or packed. Layers of a new head are trained and stored whole.
   *
   * @throws IllegalArgumentException if the configuration names no layer of the model
   */
  public static Adapter create(Model model, LoraConfig wanted, long seed) {
    LoraConfig config =
        wanted.withModulesToSave(
            model.parameters().newInCheckpoint().stream()
                .map(parameter -> layer(model.nameInClass(parameter)))
                .sorted()
                .toList());
    Adapter adapter = new Adapter(config);
    Parameter head = head(model);
    try {
      for (Parameter weight : model.parameters()) {
        String layer = layer(model.nameInClass(weight));
        if (weight.acceptsUpdates()
            && !config.savesWhole(layer)
            && config.targets().has(layer, weight == head)) {
          adapter.add(weight, adapter.fresh(weight, layer, seed));
        }
      }
      if (adapter.updates.isEmpty()) {
        throw new IllegalArgumentException(
            "adapter: target_modules must name linear layers of the model, such as %s, got %s"
                .formatted(linearLayers(model), config.targets().shown()));
      }
      adapter.addWhole(model);
      return adapter;
    } catch (RuntimeException e) {
      adapter.close();
      throw e;
    }
  }

  /**
   * Returns the weight of the language-model head, which {@code all-linear} leaves out, or null.
   */
  private static @Nullable Parameter head(Model model) {
    return switch (model) {
      case CausalLm causal -> causal.head();
      case Seq2SeqLm seq2seq -> seq2seq.head();
      default -> null;
    };
  }

  private LowRank fresh(Parameter weight, String layer, long seed) {
    int rank = config.rankOf(layer);
    Parameter down = zeros(layer + DOWN, rank, weight.inputSize());
    Parameter up = zeros(layer + UP, weight.outputSize(), rank);
    SplittableRandom random = new SplittableRandom(seed ^ ((long) layer.hashCode() << 32));
    double bound = 1 / Math.sqrt((double) weight.inputSize());
    for (long i = 0; i < down.value().numElements(); i++) {
      float value = (float) random.nextDouble(-bound, bound);
      down.value().memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
    }
    float dropout = (float) config.dropout();
    LowRank update = new LowRank(down, up, config.scaleOf(layer), null, dropout);
    if (!config.dora()) {
      return update;
    }
    float[] norms = update.norms(weight);
    Parameter magnitude = own(layer + MAGNITUDE, scope.floats(norms, norms.length));
    return new LowRank(down, up, update.scale(), magnitude, dropout);
  }

  private Parameter zeros(String name, long... shape) {
    return own(name, scope.zeros(DType.F32, shape));
  }

  private Parameter own(String name, Tensor value) {
    return parameters.add(new Parameter(name, value));
  }

  private void addWhole(Model model) {
    for (Parameter parameter : model.parameters()) {
      if (config.savesWhole(layer(model.nameInClass(parameter)))) {
        takeOver(model, parameter, copy(scope, DType.F32, parameter.stored()));
      }
    }
  }

  /** Gives a parameter of the model a value of its own, which is trained and stored. */
  private void takeOver(Model model, Parameter parameter, Tensor value) {
    before.put(parameter, Before.of(parameter));
    parameter.replace(value);
    whole.put(parameter, value);
    names.put(parameters.add(parameter), model.nameInClass(parameter));
  }

  private void add(Parameter weight, LowRank update) {
    List<LowRank> all = new ArrayList<>(weight.updates());
    all.add(update);
    weight.update(all);
    updates.put(weight, update);
  }

  /** Returns the last parts of the names of the layers that an adapter can update. */
  private static String linearLayers(Model model) {
    return model.parameters().all().stream()
        .filter(Parameter::acceptsUpdates)
        .map(weight -> layer(model.nameInClass(weight)))
        .map(name -> name.substring(name.lastIndexOf('.') + 1))
        .distinct()
        .collect(Collectors.joining(", "));
  }

  /** Returns the name of the layer of a parameter: without {@code .weight} or {@code .bias}. */
  private static String layer(String parameter) {
    return parameter.replaceFirst("\\.[^.]*$", "");
  }

  /**
   * Loads an adapter from a folder in the format of PEFT and attaches it.
   *
   * @param model base model
   * @throws CheckpointException if the adapter is of an unsupported kind, or belongs to another
   *     model
   */
  public static Adapter load(Path folder, Model model) {
    Adapter adapter =
        new Adapter(LoraConfig.parse(ConfigReader.of(folder.resolve(LoraConfig.FILE))));
    try (Checkpoint file = Checkpoint.open(folder.resolve(WEIGHTS_FILE))) {
      adapter.read(file, model);
      return adapter;
    } catch (RuntimeException e) {
      adapter.close();
      throw e;
    }
  }

  /**
   * Checks that the file of an adapter holds nothing but what this class reads.
   *
   * @throws CheckpointException if it holds updates of embeddings or biases, or no updates
   */
  public static void requireSupported(Checkpoint file) {
    for (String name : file.names()) {
      if (name.contains(".lora_embedding_") || name.contains(".lora_B.bias")) {
        throw new CheckpointException(
            file.path(),
            name,
            "must be an update of a linear layer's weight; updates of embeddings and biases are not supported");
      }
    }
    if (file.names().stream().noneMatch(name -> name.endsWith(DOWN))) {
      throw new CheckpointException(file.path(), "must hold low-rank matrices, got none");
    }
  }

  private void read(Checkpoint file, Model model) {
    requireSupported(file);
    Set<String> unused = new LinkedHashSet<>(file.names());
    for (String name : file.names()) {
      if (name.endsWith(DOWN)) {
        String stem = name.substring(0, name.length() - DOWN.length());
        String layer = stem.startsWith(PREFIX) ? stem.substring(PREFIX.length()) : stem;
        Parameter weight = find(file, model, layer + WEIGHT);
        boolean hasMagnitude = file.has(stem + MAGNITUDE);
        LowRank update =
            new LowRank(
                read(file, stem + DOWN, layer + DOWN, unused),
                read(file, stem + UP, layer + UP, unused),
                config.scaleOf(layer),
                hasMagnitude ? read(file, stem + MAGNITUDE, layer + MAGNITUDE, unused) : null,
                (float) config.dropout());
        try {
          add(weight, update);
        } catch (IllegalArgumentException e) {
          throw new CheckpointException(
              file.path(), name, "must fit the base model, but " + e.getMessage(), e);
        }
      }
    }
    for (String name : List.copyOf(unused)) {
      String own = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
      if (config.savesWhole(layer(own))) {
        Parameter parameter = find(file, model, own);
        TensorEntry entry = file.entry(name);
        if (!entry.shape().equals(parameter.shape())) {
          throw new CheckpointException(
              file.path(), name, "must be %s, got %s".formatted(parameter.shape(), entry.shape()));
        }
        takeOver(model, parameter, value(entry));
        unused.remove(name);
      }
    }
    if (!unused.isEmpty()) {
      throw new CheckpointException(file.path(), "holds tensors that are not supported: " + unused);
    }
  }

  private Parameter read(Checkpoint file, String name, String ownName, Set<String> unused) {
    unused.remove(name);
    return own(ownName, value(file.entry(name)));
  }

  private Tensor value(TensorEntry entry) {
    long n = entry.shape().numElements();
    try (Scope scratch = Scope.open()) {
      Tensor read = CheckpointSource.readable(scratch, entry.data(), entry.dtype(), n);
      return copy(scope, DType.F32, read.reshape(entry.shape().toArray()));
    }
  }

  /** Finds a parameter by its name, or by the only name that ends like it or is its end. */
  private static Parameter find(Checkpoint file, Model model, String name) {
    List<Parameter> alike = new ArrayList<>();
    for (Parameter parameter : model.parameters()) {
      if (parameter.name().equals(name) || model.nameInClass(parameter).equals(name)) {
        return parameter;
      }
      if (Targets.endsLike(parameter.name(), name) || Targets.endsLike(name, parameter.name())) {
        alike.add(parameter);
      }
    }
    if (alike.size() != 1) {
      throw new CheckpointException(
          file.path(),
          name,
          alike.isEmpty() && TIED_HEADS.contains(name)
              ? "must be the head of the base model, which is tied to the embedding; an adapter that stores a tied head is not supported"
              : "must be a parameter of the base model, which has %s; load the base model of the adapter"
                  .formatted(alike.isEmpty() ? "none of this name" : "several like it"));
    }
    return alike.getFirst();
  }

  /** Returns the configuration. */
  public LoraConfig config() {
    return config;
  }

  /** Returns the parameters of the adapter, which are those to train. */
  public Parameters parameters() {
    return parameters;
  }

  /** Returns the weights of the model that the adapter updates or replaces. */
  public Set<Parameter> adapted() {
    Set<Parameter> all = new LinkedHashSet<>(updates.keySet());
    all.addAll(whole.keySet());
    return all;
  }

  /**
   * Merges the updates into the weights of the model, in their dtype: the model computes the same
   * numbers, up to rounding, at the speed of the base model, also when the adapter is closed. Other
   * adapters attached to the same weights are merged with this one.
   *
   * @param model in whose scope the merged weights live
   * @throws IllegalStateException if it is merged already
   */
  public void merge(Model model) {
    if (merged) {
      throw new IllegalStateException("adapter: must not be merged twice");
    }
    for (Parameter weight : updates.keySet()) {
      before.put(weight, Before.of(weight));
      PackedWeight packed = weight.packed();
      DType type = packed == null ? weight.stored().dtype() : packed.exactType();
      try (Scope scratch = Scope.open()) {
        weight.replace(copy(model.scope(), type, weight.merged(scratch)));
      }
      weight.update(List.of());
    }
    whole.forEach((parameter, own) -> parameter.replace(copy(model.scope(), DType.F32, own)));
    merged = true;
  }

  private static Tensor copy(Scope scope, DType type, Tensor value) {
    Tensor copy = scope.empty(type, value.shape());
    Casts.copy(copy, value);
    return copy;
  }

  /**
   * Restores the weights as they were before {@link #merge}, bit for bit, with the updates
   * attached.
   *
   * @throws IllegalStateException if it is not merged
   */
  public void unmerge() {
    if (!merged) {
      throw new IllegalStateException("adapter: must be merged before it is unmerged");
    }
    for (Parameter weight : updates.keySet()) {
      Before former = before.remove(weight);
      if (former != null) {
        former.restoreValue(weight);
        weight.update(former.updates());
      }
    }
    whole.forEach(Parameter::replace);
    merged = false;
  }

  /**
   * Writes the adapter as PEFT does: adapter_config.json and adapter_model.safetensors.
   *
   * @throws CheckpointException if a file cannot be written
   */
  public void save(Path folder) {
    writeConfig(folder);
    List<Spec> specs = new ArrayList<>();
    for (Parameter parameter : parameters) {
      specs.add(new Spec(nameInFile(parameter), DType.F32, parameter.shape()));
    }
    try (SafetensorsWriter writer = SafetensorsWriter.open(folder.resolve(WEIGHTS_FILE), specs)) {
      for (Parameter parameter : parameters) {
        Tensor value = whole.getOrDefault(parameter, parameter.value());
        writer.append(nameInFile(parameter), value.memory());
      }
      writer.commit();
    }
  }

  /** Writes adapter_config.json alone. */
  public void writeConfig(Path folder) {
    boolean inputMajor = updates.keySet().stream().anyMatch(Parameter::isInputMajor);
    JsonFiles.write(folder.resolve(LoraConfig.FILE), config.write(inputMajor));
  }

  /** Returns the name of a parameter of the adapter in {@link #WEIGHTS_FILE}. */
  public String nameInFile(Parameter parameter) {
    return PREFIX + names.getOrDefault(parameter, parameter.name());
  }

  /** Detaches the adapter, unless it is merged, and frees its matrices. */
  @Override
  public void close() {
    if (!merged) {
      updates.forEach((weight, update) -> {
        List<LowRank> others = new ArrayList<>(weight.updates());
        others.remove(update);
        weight.update(others);
      });
      before.forEach((parameter, former) -> former.restoreValue(parameter));
    }
    scope.close();
  }
}
