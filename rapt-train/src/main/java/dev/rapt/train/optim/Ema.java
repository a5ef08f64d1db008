package dev.rapt.train.optim;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Workers;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Parameters;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.Objects;
import java.util.function.Function;

/**
 * The exponential moving average of the weights: average = decay average + (1 - decay) weight after
 * every update, starting from the first weights. Owns its tensors.
 */
public final class Ema implements AutoCloseable {
  private final Scope scope = Scope.open();
  private final Parameters parameters;
  private final Slices slices;
  private final IdentityHashMap<Parameter, Tensor> averages = new IdentityHashMap<>();
  private final float decay;

  /**
   * Starts the average with the current weights.
   *
   * @param decay in (0, 1)
   */
  public Ema(Parameters parameters, double decay) {
    this.parameters = parameters;
    this.slices = new Slices(parameters.all());
    this.decay = (float) decay;
    for (Parameter parameter : parameters) {
      Tensor average = scope.empty(DType.F32, parameter.value().shape());
      average.memory().copyFrom(parameter.value().memory());
      averages.put(parameter, average);
    }
  }

  /** The average of a parameter, f32, in its shape. */
  public Tensor of(Parameter parameter) {
    return Objects.requireNonNull(averages.get(parameter), parameter.name());
  }

  /** Updates the average with the weights after an update. */
  public void update() {
    ElementwiseKernel kernel = KernelChoice.kernels().elementwise();
    forSlices(
        (weight, average, n) -> kernel.addScaled(average, decay, average, 1 - decay, weight, n));
  }

  /**
   * Runs with the averages as the weights of the model; restores the trained weights afterwards.
   */
  public void during(Runnable work) {
    exchange();
    try {
      work.run();
    } finally {
      exchange();
    }
  }

  private void exchange() {
    forSlices((weight, average, n) -> {
      MemorySegment kept = MemorySegment.ofArray(new byte[Math.toIntExact(4 * n)]);
      kept.copyFrom(weight);
      weight.copyFrom(average);
      average.copyFrom(kept);
    });
    if (parameters.all().stream().anyMatch(parameter -> parameter.bf16Copy() != null)) {
      parameters.computeInBf16();
    }
  }

  @FunctionalInterface
  private interface Task {
    void run(MemorySegment weight, MemorySegment average, long n);
  }

  private void forSlices(Task task) {
    Workers.shared()
        .run(
            slices.count(),
            i -> {
              Slices.Slice slice = slices.get(i);
              Parameter parameter = slices.parameters().get(slice.parameter());
              MemorySegment weight = slice.of(parameter.value());
              task.run(weight, slice.of(of(parameter)), slice.count());
            });
  }

  /**
   * Loads averages of these parameters from a checkpoint file.
   *
   * @param names names of the parameters in the file
   */
  public void load(Path file, Iterable<Parameter> inFile, Function<Parameter, String> names) {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      for (Parameter parameter : inFile) {
        of(parameter).memory().copyFrom(checkpoint.entry(names.apply(parameter)).data());
      }
    }
  }

  @Override
  public void close() {
    scope.close();
  }
}
