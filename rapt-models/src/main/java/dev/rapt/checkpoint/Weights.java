package dev.rapt.checkpoint;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A path into a checkpoint, from which layers take their weights. {@link #at} works like {@code
 * cd}.
 *
 * <pre>{@code
 * LlamaModel model = Weights.load(checkpoint, List.of(), weights -> new LlamaModel(config, weights));
 *
 * // in a layer
 * TensorEntry weight = weights.at("self_attn").at("q_proj").tensor("weight", 4096, 4096);
 * }</pre>
 *
 * <p>Every request is recorded, so that a load reports all tensors that are missing or have a wrong
 * shape, by full name, not only the first one.
 */
public final class Weights {
  private static final Logger LOG = LoggerFactory.getLogger(Weights.class);

  /**
   * Memory limit of the zeros that replace missing tensors while further problems are collected.
   */
  private static final long MAX_PLACEHOLDER_BYTES = 64L << 20;

  private static final int MAX_NAMES_IN_MESSAGE = 20;

  /** State of one load, shared by all paths into its checkpoint. */
  private static final class Load {
    final Checkpoint checkpoint;
    final Arena placeholders = Arena.ofConfined();
    final Set<String> used = new LinkedHashSet<>();
    final Map<String, String> problems = new LinkedHashMap<>();
    long placeholderBytes;

    Load(Checkpoint checkpoint) {
      this.checkpoint = checkpoint;
    }
  }

  private final Load load;
  private final String prefix;

  private Weights(Load load, String prefix) {
    this.load = load;
    this.prefix = prefix;
  }

  /**
   * Constructs a model from a checkpoint, then checks that both match.
   *
   * <p>While the constructor runs, tensors that are missing or have a wrong shape are replaced by
   * zeros, so that all problems are found; the model is then discarded. Unused tensors are logged,
   * unless their full name matches one of {@code ignorable}.
   *
   * @param ignorable patterns for full names of tensors that the model does not need: {@code
   *     .*\.attn\.bias}
   * @param constructor builds the model from the root of the checkpoint, which it must not keep; a
   *     model that is AutoCloseable is closed if the check fails
   * @throws CheckpointException if tensors are missing or have a wrong shape or dtype; lists all of
   *     them
   */
  public static <M> M load(
      Checkpoint checkpoint, Collection<Pattern> ignorable, Function<Weights, M> constructor) {
    Load load = new Load(checkpoint);
    try {
      M model = constructor.apply(new Weights(load, ""));
      List<String> unused = unused(load, ignorable);
      unused.stream()
          .filter(checkpoint::mustBeUsed)
          .forEach(name ->
              load.problems.putIfAbsent(
                  name, "must be a weight of the model, but it has none of this name"));
      if (!load.problems.isEmpty()) {
        CheckpointException problem = problems(load, ignorable);
        if (model instanceof AutoCloseable closeable) {
          closeAfter(problem, closeable);
        }
        throw problem;
      }
      if (!unused.isEmpty()) {
        LOG.info(
            "{}: {} tensors are no part of this model and are left out: {}",
            checkpoint.path(),
            unused.size(),
            shorten(unused));
      }
      return model;
    } finally {
      load.placeholders.close();
    }
  }

  /** Returns the path extended by a name: {@code weights.at("mlp")}. */
  public Weights at(String name) {
    return new Weights(load, prefix + name + ".");
  }

  /** Returns the path extended by a list index: {@code weights.at("layers").at(3)}. */
  public Weights at(int index) {
    return at(Integer.toString(index));
  }

  /**
   * Returns the path extended by a name if it leads to any tensor, else this path. Checkpoints of
   * one family come with and without the prefix of the backbone, {@code transformer} or {@code
   * model}.
   *
   * @param name "" for this path
   */
  public Weights atIfPresent(String name) {
    if (name.isEmpty()) {
      return this;
    }
    Weights further = at(name);
    return load.checkpoint.names().stream().anyMatch(key -> key.startsWith(further.prefix))
        ? further
        : this;
  }

  /** Returns whether there is a tensor of this name under the path: {@code weights.has("bias")}. */
  public boolean has(String name) {
    return load.checkpoint.has(prefix + name);
  }

  /** Returns whether all tensors requested so far exist with the right shape and dtype. */
  public boolean fits() {
    return load.problems.isEmpty();
  }

  /**
   * Returns the tensor of this full name, without recording a request; empty if there is none that
   * Rapt reads.
   */
  public Optional<TensorEntry> find(String fullName) {
    return load.checkpoint.has(fullName) && load.checkpoint.type(fullName).dtype().isPresent()
        ? Optional.of(load.checkpoint.entry(fullName))
        : Optional.empty();
  }

  /**
   * Returns an error about the tensor of this name under the path, which names the file that holds
   * it.
   */
  public CheckpointException error(String name, String problem) {
    String fullName = prefix + name;
    return new CheckpointException(load.checkpoint.file(fullName), fullName, problem);
  }

  /** Records that the tensor of this full name is used, so that it is not reported as unused. */
  public void markUsed(String fullName) {
    load.used.add(fullName);
  }

  /** Returns the full name, as in the file. */
  public String fullName(String name) {
    return prefix + name;
  }

  /**
   * Returns a tensor of any floating-point dtype.
   *
   * @param name last part of its name: {@code weight}
   * @param shape what its shape must be
   */
  public TensorEntry tensor(String name, long... shape) {
    return tensor(name, null, shape);
  }

  /**
   * Returns a tensor of one exact dtype, such as the packed integers of a quantised matrix.
   *
   * @param name last part of its name: {@code weight}
   * @param dtype required dtype; null for any floating-point dtype
   * @param shape what its shape must be
   */
  public TensorEntry tensor(String name, @Nullable DType dtype, long... shape) {
    String fullName = prefix + name;
    Shape wanted = Shape.of(shape);
    load.used.add(fullName);
    if (!load.checkpoint.has(fullName)) {
      return problem(fullName, "must be " + wanted + ", but is missing", dtype, wanted);
    }
    Shape present = load.checkpoint.shape(fullName);
    if (!present.equals(wanted)) {
      return problem(fullName, "must be " + wanted + ", got " + present, dtype, wanted);
    }
    StoredType stored = load.checkpoint.type(fullName);
    boolean fits = stored.dtype().filter(t -> dtype == null ? t.isFloat() : t == dtype).isPresent();
    if (!fits) {
      String type =
          stored.dtype().isEmpty()
              ? "of a dtype that Rapt reads"
              : dtype == null ? "of a floating-point dtype" : dtype.label();
      return problem(fullName, "must be " + type + ", got " + stored.label(), dtype, wanted);
    }
    return load.checkpoint.entry(fullName);
  }

  /**
   * Records a problem and returns zeros in place of the tensor, so that further problems are found.
   */
  private TensorEntry problem(String fullName, String problem, @Nullable DType dtype, Shape shape) {
    load.problems.put(fullName, problem);
    DType type = dtype == null ? DType.F32 : dtype;
    long elements = shape.numElements();
    if (elements > (MAX_PLACEHOLDER_BYTES - load.placeholderBytes) / type.byteSize()) {
      throw problems(load, null);
    }
    long bytes = elements * type.byteSize();
    load.placeholderBytes += bytes;
    return new TensorEntry(fullName, type, shape, load.placeholders.allocate(bytes, 8));
  }

  /**
   * Returns an error that lists all problems.
   *
   * @param ignorable see {@link #load}; null while the model is incomplete and unused tensors are
   *     unknown
   */
  private static CheckpointException problems(Load load, @Nullable Collection<Pattern> ignorable) {
    Map.Entry<String, String> first = load.problems.entrySet().iterator().next();
    StringBuilder text = new StringBuilder(first.getValue());
    List<String> others =
        load.problems.entrySet().stream()
            .skip(1)
            .map(entry -> entry.getKey() + " " + entry.getValue())
            .toList();
    if (!others.isEmpty()) {
      text.append("; ").append(shorten(others, "; "));
    }
    List<String> unused = ignorable == null ? List.of() : unused(load, ignorable);
    if (!unused.isEmpty()) {
      text.append("; in the file but not used: ").append(shorten(unused));
    }
    return new CheckpointException(
        load.checkpoint.file(first.getKey()), first.getKey(), text.toString());
  }

  private static List<String> unused(Load load, Collection<Pattern> ignorable) {
    List<String> unused = new ArrayList<>();
    for (String name : load.checkpoint.names()) {
      if (!load.used.contains(name)
          && ignorable.stream().noneMatch(pattern -> pattern.matcher(name).matches())) {
        unused.add(name);
      }
    }
    return unused;
  }

  private static String shorten(List<String> names) {
    return shorten(names, ", ");
  }

  private static String shorten(List<String> names, String separator) {
    if (names.size() <= MAX_NAMES_IN_MESSAGE) {
      return String.join(separator, names);
    }
    return String.join(separator, names.subList(0, MAX_NAMES_IN_MESSAGE))
        + separator
        + "and "
        + (names.size() - MAX_NAMES_IN_MESSAGE)
        + " more";
  }

  private static void closeAfter(CheckpointException problem, AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      problem.addSuppressed(e);
    }
  }
}
