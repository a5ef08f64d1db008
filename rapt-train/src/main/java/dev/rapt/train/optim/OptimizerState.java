package dev.rapt.train.optim;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.SafetensorsWriter;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * The state of an optimiser between steps: named f32 or bf16 tensors, such as {@code
 * exp_avg.lm_head.weight}, and the number of steps made. Owns the tensors.
 */
public final class OptimizerState implements AutoCloseable {
  private final Scope scope = Scope.open();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private long steps;

  OptimizerState() {}

  /** Adds an f32 tensor of zeros under this name. */
  Tensor zeros(String name, long... dims) {
    return zeros(name, DType.F32, dims);
  }

  /** Adds a tensor of zeros under this name. */
  Tensor zeros(String name, DType type, long... dims) {
    Tensor tensor = scope.zeros(type, dims);
    if (tensors.put(name, tensor) != null) {
      throw new IllegalArgumentException(
          "optimiser state: names must be different, got " + name + " twice");
    }
    return tensor;
  }

  /** Number of steps made so far. */
  public long steps() {
    return steps;
  }

  /** Sets the number of steps made, for use after {@link #load}. */
  public void setSteps(long count) {
    steps = count;
  }

  /** The tensors by name, in a fixed order. */
  public Map<String, Tensor> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  /** Counts a step; returns its number, counted from 1. */
  long advance() {
    return ++steps;
  }

  /**
   * Writes the tensors to a safetensors file; the caller saves the number of steps.
   *
   * @param names names of the tensors in the file
   */
  public void save(Path file, UnaryOperator<String> names) {
    List<TensorEntry> entries = new ArrayList<>();
    tensors.forEach((name, tensor) ->
        entries.add(
            new TensorEntry(names.apply(name), tensor.dtype(), tensor.shape(), tensor.memory())));
    SafetensorsWriter.write(file, entries);
  }

  /**
   * Loads the tensors from a safetensors file.
   *
   * @param names names of the tensors in the file
   * @throws CheckpointException if the file holds the state of another optimiser or model
   */
  public void load(Path file, UnaryOperator<String> names) {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      Set<String> wanted =
          tensors.keySet().stream().map(names).collect(Collectors.toUnmodifiableSet());
      if (!checkpoint.names().equals(wanted)) {
        throw new CheckpointException(
            file,
            "must hold the %d tensors of this optimiser and model, got %d others or other names; resume with the options the run began with"
                .formatted(tensors.size(), checkpoint.names().size()));
      }
      tensors.forEach((name, tensor) -> restore(file, checkpoint.entry(names.apply(name)), tensor));
    }
  }

  private static void restore(Path file, TensorEntry entry, Tensor tensor) {
    if (entry.dtype() != tensor.dtype() || !entry.shape().equals(tensor.shape())) {
      throw new CheckpointException(
          file,
          entry.name(),
          "must be %s %s, got %s %s"
              .formatted(
                  tensor.dtype().label(), tensor.shape(), entry.dtype().label(), entry.shape()));
    }
    tensor.memory().copyFrom(entry.data());
  }

  @Override
  public void close() {
    scope.close();
    tensors.clear();
  }
}
