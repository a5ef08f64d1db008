package dev.rapt.train.optim;

import dev.rapt.autograd.Gradients;
import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.OptimizerKernel;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Stochastic gradient descent with momentum, as PyTorch defines it. */
public final class Sgd implements Optimizer {
  /**
   * Constants.
   *
   * @param momentum 0 for none
   * @param dampening share of the gradient that momentum leaves out
   * @param nesterov whether the step looks ahead
   * @param weightDecay added to the gradient, times the weight
   * @param decaysAll whether vectors decay, too
   */
  public record Options(
      double momentum, double dampening, boolean nesterov, double weightDecay, boolean decaysAll)
      implements OptimizerOptions {
    public Options {
      if (nesterov && (momentum <= 0 || dampening != 0)) {
        throw new IllegalArgumentException(
            "sgd: nesterov needs momentum and no dampening, got " + momentum + " and " + dampening);
      }
    }

    /** Momentum 0.9, no weight decay. */
    public static Options defaults() {
      return new Options(0.9, 0, false, 0, false);
    }

    /** The same with another weight decay. */
    public Options withWeightDecay(double decay) {
      return new Options(momentum, dampening, nesterov, decay, decaysAll);
    }

    @Override
    public Sgd create(List<Parameter> parameters, Set<Parameter> hiddenMatrices) {
      return new Sgd(parameters, this);
    }

    @Override
    public double usualLr() {
      return 0.1;
    }
  }

  private final Options options;
  private final Slices slices;
  private final OptimizerState state = new OptimizerState();
  private final List<Tensor> buffers = new ArrayList<>();

  /** An optimiser of these parameters. */
  public Sgd(List<Parameter> parameters, Options options) {
    this.options = options;
    this.slices = new Slices(parameters);
    if (options.momentum() != 0) {
      for (Parameter parameter : parameters) {
        buffers.add(
            state.zeros("momentum." + parameter.name(), parameter.value().shape().toArray()));
      }
    }
  }

  @Override
  public OptimizerState state() {
    return state;
  }

  @Override
  public void step(Gradients gradients, double lr, double gradScale) {
    boolean first = state.advance() == 1;
    OptimizerKernel kernel = KernelChoice.kernels().optimizer();
    slices.run(
        gradients,
        (slice, _, parameter, gradient) -> {
          boolean decays = options.decaysAll() || parameter.isMatrix();
          kernel.sgd(
              new OptimizerKernel.Weights(
                  slice.of(parameter.value()),
                  slice.of(gradient),
                  slice.ofCopy(parameter),
                  slice.count()),
              buffers.isEmpty() ? null : slice.of(buffers.get(slice.parameter())),
              new OptimizerKernel.Sgd(
                  lr,
                  options.momentum(),
                  options.dampening(),
                  options.nesterov(),
                  first,
                  decays ? options.weightDecay() : 0,
                  gradScale));
        });
  }
}
