package dev.rapt.train.optim;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.rapt.autograd.Gradients;
import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.Bfloat16;
import dev.rapt.kernel.OptimizerKernel;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Adam with decoupled weight decay (arXiv:1711.05101). Options give Adam, whose weight decay is
 * part of the gradient (arXiv:1412.6980), and AMSGrad, which uses the largest second moment so far
 * (Reddi et al. 2018).
 */
public final class AdamW implements Optimizer {
  private static final String NAME = "adamw";

  /**
   * The constants of AdamW.
   *
   * @param beta1 decay rate of the first moment, in [0, 1)
   * @param beta2 decay rate of the second moment, in [0, 1)
   * @param eps added to the root of the second moment, positive
   * @param weightDecay share of a weight that a step takes away, times the learning rate
   * @param decaysAll whether weight decay applies to vectors too: biases and the weights of norms
   * @param l2 whether the decay is added to the gradient instead, as in Adam
   * @param amsgrad whether the update divides by the largest second moment so far
   */
  public record Options(
      double beta1,
      double beta2,
      double eps,
      double weightDecay,
      boolean decaysAll,
      boolean l2,
      boolean amsgrad)
      implements OptimizerOptions {
    public Options {
      OptionRanges.requireDecayRate(NAME, "beta1", beta1);
      OptionRanges.requireDecayRate(NAME, "beta2", beta2);
      OptionRanges.requirePositive(NAME, "eps", eps);
      OptionRanges.requireNonNegative(NAME, "weight decay", weightDecay);
    }

    /** Beta1 0.9, beta2 0.95, eps 1e-8, weight decay 0.1 on matrices: usual for language models. */
    public static Options defaults() {
      return new Options(0.9, 0.95, 1e-8, 0.1, false, false, false);
    }

    @Override
    public Options withBeta1(double beta) {
      return new Options(beta, beta2, eps, weightDecay, decaysAll, l2, amsgrad);
    }

    @Override
    public Options withBeta2(double beta) {
      return new Options(beta1, beta, eps, weightDecay, decaysAll, l2, amsgrad);
    }

    @Override
    public Options withWeightDecay(double decay) {
      return new Options(beta1, beta2, eps, decay, decaysAll, l2, amsgrad);
    }

    /** Returns a copy with weight decay on all parameters, or on matrices only. */
    public Options withDecaysAll(boolean all) {
      return new Options(beta1, beta2, eps, weightDecay, all, l2, amsgrad);
    }

    @Override
    public AdamW create(
        List<Parameter> parameters, Set<Parameter> hiddenMatrices, LearningRates rates) {
      return new AdamW(parameters, this, rates);
    }

    @Override
    public double usualLr() {
      return 1e-3;
    }

    @Override
    public String name() {
      return NAME;
    }
  }

  private final Options options;
  private final Slices slices;
  private final OptimizerState state;
  private final List<Tensor> firstMoments = new ArrayList<>();
  private final List<Tensor> secondMoments = new ArrayList<>();
  private final List<Tensor> largestMoments = new ArrayList<>();

  /** Creates an optimiser of these parameters. */
  public AdamW(List<Parameter> parameters, Options options) {
    this(parameters, options, LearningRates.EQUAL);
  }

  AdamW(List<Parameter> parameters, Options options, LearningRates rates) {
    this(parameters, options, rates, new OptimizerState());
  }

  AdamW(List<Parameter> parameters, Options options, LearningRates rates, OptimizerState state) {
    this.options = options;
    this.slices = new Slices(parameters, rates);
    this.state = state;
    for (Parameter parameter : parameters) {
      long[] dims = parameter.value().shape().toArray();
      firstMoments.add(state.zeros("exp_avg." + parameter.name(), dims));
      secondMoments.add(state.zeros("exp_avg_sq." + parameter.name(), dims));
      if (options.amsgrad()) {
        largestMoments.add(state.zeros("max_exp_avg_sq." + parameter.name(), dims));
      }
    }
  }

  @Override
  public OptimizerState state() {
    return state;
  }

  @Override
  public void step(Gradients gradients, double lr, double gradScale) {
    update(state.advance(), gradients, lr, gradScale);
  }

  /** Makes the update of this step, counted from 1. */
  void update(long step, Gradients gradients, double lr, double gradScale) {
    OptimizerKernel kernel = KernelChoice.kernels().optimizer();
    boolean plain = !options.l2() && !options.amsgrad();
    slices.run(
        gradients,
        (slice, _, parameter, gradient) -> {
          int p = slice.parameter();
          boolean decays = options.decaysAll() || parameter.isMatrix();
          double weightDecay = decays ? options.weightDecay() : 0;
          OptimizerKernel.AdamW args = arguments(step, lr * slice.rate(), weightDecay, gradScale);
          if (plain) {
            MemorySegment w = slice.of(parameter.value());
            MemorySegment m = slice.of(firstMoments.get(p));
            MemorySegment v = slice.of(secondMoments.get(p));
            MemorySegment copy = slice.ofCopy(parameter);
            OptimizerKernel.Weights weights =
                new OptimizerKernel.Weights(w, slice.of(gradient), copy, slice.count());
            kernel.adamW(weights, m, v, args);
          } else {
            updateVariant(slice, parameter, slice.of(gradient), args);
          }
        });
  }

  private OptimizerKernel.AdamW arguments(
      long step, double lr, double weightDecay, double gradScale) {
    return new OptimizerKernel.AdamW(
        lr,
        options.beta1(),
        options.beta2(),
        options.eps(),
        weightDecay,
        1 - Math.pow(options.beta1(), (double) step),
        1 - Math.pow(options.beta2(), (double) step),
        gradScale);
  }

  /** Adam with weight decay in the gradient, and AMSGrad, as a plain loop in f64. */
  private void updateVariant(
      Slices.Slice slice, Parameter parameter, MemorySegment grad, OptimizerKernel.AdamW args) {
    int p = slice.parameter();
    MemorySegment w = slice.of(parameter.value());
    MemorySegment m = slice.of(firstMoments.get(p));
    MemorySegment v = slice.of(secondMoments.get(p));
    @Nullable MemorySegment largest = options.amsgrad() ? slice.of(largestMoments.get(p)) : null;
    @Nullable MemorySegment copy = slice.ofCopy(parameter);
    double lr = args.lr();
    for (long i = 0; i < slice.count(); i++) {
      double weight = w.getAtIndex(JAVA_FLOAT, i);
      double g = args.gradScale() * grad.getAtIndex(JAVA_FLOAT, i);
      if (options.l2()) {
        g += args.weightDecay() * weight;
      } else {
        weight *= 1 - lr * args.weightDecay();
      }
      double first = args.beta1() * m.getAtIndex(JAVA_FLOAT, i) + (1 - args.beta1()) * g;
      double second = args.beta2() * v.getAtIndex(JAVA_FLOAT, i) + (1 - args.beta2()) * g * g;
      m.setAtIndex(JAVA_FLOAT, i, (float) first);
      v.setAtIndex(JAVA_FLOAT, i, (float) second);
      if (largest != null) {
        second = Math.max(second, largest.getAtIndex(JAVA_FLOAT, i));
        largest.setAtIndex(JAVA_FLOAT, i, (float) second);
      }
      double root = Math.sqrt(second / args.correction2());
      float updated = (float) (weight - lr * first / args.correction1() / (root + args.eps()));
      w.setAtIndex(JAVA_FLOAT, i, updated);
      if (copy != null) {
        copy.setAtIndex(JAVA_SHORT, i, Bfloat16.fromFloat(updated));
      }
    }
  }
}
