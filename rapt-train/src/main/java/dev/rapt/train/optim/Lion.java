package dev.rapt.train.optim;

import dev.rapt.autograd.Gradients;
import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.OptimizerKernel;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Lion: the update is the sign of an interpolated momentum. arXiv:2302.06675. */
public final class Lion implements Optimizer {
  private static final String NAME = "lion";

  /**
   * The constants of Lion.
   *
   * @param beta1 share of the momentum, against the gradient, in the direction of an update
   * @param beta2 decay rate of the momentum
   * @param weightDecay share of a weight that a step takes away, times the learning rate
   * @param decaysAll whether weight decay applies to vectors too
   */
  public record Options(double beta1, double beta2, double weightDecay, boolean decaysAll)
      implements OptimizerOptions {
    public Options {
      OptionRanges.requireDecayRate(NAME, "beta1", beta1);
      OptionRanges.requireDecayRate(NAME, "beta2", beta2);
      OptionRanges.requireNonNegative(NAME, "weight decay", weightDecay);
    }

    /** Beta1 0.9, beta2 0.99, weight decay 1 on matrices: the paper's for language models. */
    public static Options defaults() {
      return new Options(0.9, 0.99, 1, false);
    }

    @Override
    public Options withBeta1(double beta) {
      return new Options(beta, beta2, weightDecay, decaysAll);
    }

    @Override
    public Options withBeta2(double beta) {
      return new Options(beta1, beta, weightDecay, decaysAll);
    }

    @Override
    public Options withWeightDecay(double decay) {
      return new Options(beta1, beta2, decay, decaysAll);
    }

    @Override
    public Lion create(
        List<Parameter> parameters, Set<Parameter> hiddenMatrices, LearningRates rates) {
      return new Lion(parameters, this, rates);
    }

    @Override
    public double usualLr() {
      return 1e-4;
    }

    @Override
    public String name() {
      return NAME;
    }
  }

  private final Options options;
  private final Slices slices;
  private final OptimizerState state = new OptimizerState();
  private final List<Tensor> momentum = new ArrayList<>();

  Lion(List<Parameter> parameters, Options options, LearningRates rates) {
    this.options = options;
    this.slices = new Slices(parameters, rates);
    for (Parameter parameter : parameters) {
      momentum.add(state.zeros("exp_avg." + parameter.name(), parameter.value().shape().toArray()));
    }
  }

  @Override
  public OptimizerState state() {
    return state;
  }

  @Override
  public void step(Gradients gradients, double lr, double gradScale) {
    state.advance();
    OptimizerKernel kernel = KernelChoice.kernels().optimizer();
    slices.run(
        gradients,
        (slice, _, parameter, gradient) -> {
          boolean decays = options.decaysAll() || parameter.isMatrix();
          kernel.lion(
              new OptimizerKernel.Weights(
                  slice.of(parameter.value()),
                  slice.of(gradient),
                  slice.ofCopy(parameter),
                  slice.count()),
              slice.of(momentum.get(slice.parameter())),
              new OptimizerKernel.Lion(
                  lr * slice.rate(),
                  options.beta1(),
                  options.beta2(),
                  decays ? options.weightDecay() : 0,
                  gradScale));
        });
  }
}
