package dev.rapt.train.optim;

import dev.rapt.autograd.Gradients;
import dev.rapt.kernel.Workers;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The elements of all parameters, divided into slices whose bounds do not depend on the number of
 * threads. One job of the workers covers all slices of the model: a job for each of many small
 * vectors would cost more than its work.
 */
final class Slices {
  /** Elements of a slice: with weight, gradient and two moments, half a megabyte. */
  private static final long MAX_ELEMENTS = 1 << 15;

  /**
   * Elements [from, to) of the parameter with this index.
   *
   * @param rate factor of the learning rate
   */
  record Slice(int parameter, long from, long to, double rate) {
    long count() {
      return to - from;
    }

    /** These elements of a tensor. */
    MemorySegment of(Tensor tensor) {
      int size = tensor.dtype().byteSize();
      return tensor.memory().asSlice(from * size, count() * size);
    }

    /** These elements of the bf16 copy of the parameter, or null if it has none. */
    @Nullable MemorySegment ofCopy(Parameter parameter) {
      Tensor copy = parameter.bf16Copy();
      return copy == null ? null : copy.memory().asSlice(from * Short.BYTES, count() * Short.BYTES);
    }
  }

  /** Work on the slice with this index, whose parameter has a gradient. */
  @FunctionalInterface
  interface Task {
    void run(Slice slice, int index, Parameter parameter, Tensor gradient);
  }

  private final List<Parameter> parameters;
  private final List<Slice> slices = new ArrayList<>();

  Slices(List<Parameter> parameters) {
    this(parameters, LearningRates.EQUAL);
  }

  Slices(List<Parameter> parameters, LearningRates rates) {
    this.parameters = List.copyOf(parameters);
    for (int p = 0; p < parameters.size(); p++) {
      double rate = rates.checked(parameters.get(p));
      long n = parameters.get(p).value().numElements();
      for (long from = 0; from < n; from += MAX_ELEMENTS) {
        slices.add(new Slice(p, from, Math.min(n, from + MAX_ELEMENTS), rate));
      }
    }
  }

  List<Parameter> parameters() {
    return parameters;
  }

  /** Number of slices. */
  int count() {
    return slices.size();
  }

  Slice get(int index) {
    return slices.get(index);
  }

  /** Runs the task on all slices whose parameter has a gradient. */
  void run(Gradients gradients, Task task) {
    @Nullable Tensor[] ofParameter = new Tensor[parameters.size()];
    for (int p = 0; p < ofParameter.length; p++) {
      ofParameter[p] = gradients.of(parameters.get(p).value());
    }
    Workers.shared()
        .run(
            slices.size(),
            i -> {
              Slice slice = slices.get(i);
              Tensor gradient = ofParameter[slice.parameter()];
              if (gradient != null) {
                task.run(slice, i, parameters.get(slice.parameter()), gradient);
              }
            });
  }
}
