package dev.rapt.train.optim;

import dev.rapt.autograd.Gradients;
import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.OptimizerKernel;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Stochastic gradient descent (SGD) with momentum, as PyTorch defines it. */
public final class Sgd implements Optimizer {
  private static final String NAME = "sgd";

  /**
   * The constants of SGD.
   *
   * @param momentum decay rate of the momentum, in [0, 1); 0 for none
   * @param dampening share of the gradient that the momentum leaves out, in [0, 1]
   * @param nesterov whether the momentum is Nesterov's
   * @param weightDecay factor of the weight that is added to the gradient
   * @param decaysAll whether weight decay applies to vectors too
   */
  public record Options(
      double momentum, double dampening, boolean nesterov, double weightDecay, boolean decaysAll)
      implements OptimizerOptions {
    public Options {
      OptionRanges.requireDecayRate(NAME, "momentum", momentum);
      OptionRanges.requireNonNegative(NAME, "weight decay", weightDecay);
      if (!(dampening >= 0 && dampening <= 1)) {
        throw new IllegalArgumentException("sgd: dampening must be in [0, 1], got " + dampening);
      }
      if (nesterov && (momentum <= 0 || dampening != 0)) {
        throw new IllegalArgumentException(
            "sgd: Nesterov momentum needs momentum above 0 and no dampening, got momentum %s and dampening %s"
                .formatted(momentum, dampening));
      }
    }

    /** Momentum 0.9, no weight decay. */
    public static Options defaults() {
      return new Options(0.9, 0, false, 0, false);
    }

    @Override
    public Options withMomentum(double value) {
      return new Options(value, dampening, nesterov, weightDecay, decaysAll);
    }

    @Override
    public Options withWeightDecay(double decay) {
      return new Options(momentum, dampening, nesterov, decay, decaysAll);
    }

    @Override
    public Sgd create(
        List<Parameter> parameters, Set<Parameter> hiddenMatrices, LearningRates rates) {
      return new Sgd(parameters, this, rates);
    }

    @Override
    public double usualLr() {
      return 0.1;
    }

    @Override
    public String name() {
      return NAME;
    }
  }

  private final Options options;
  private final Slices slices;
  private final OptimizerState state = new OptimizerState();
  private final List<Tensor> buffers = new ArrayList<>();

  Sgd(List<Parameter> parameters, Options options, LearningRates rates) {
    this.options = options;
    this.slices = new Slices(parameters, rates);
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
                  lr * slice.rate(),
                  options.momentum(),
                  options.dampening(),
                  options.nesterov(),
                  first,
                  decays ? options.weightDecay() : 0,
                  gradScale));
        });
  }
}
