package dev.rapt.train.optim;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.rapt.autograd.Gradients;
import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.Bfloat16;
import dev.rapt.kernel.OptimizerKernel;
import dev.rapt.kernel.Workspace;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.DType;
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
   * @param stateType dtype of the moments between steps: f32, or bf16 with stochastic rounding
   */
  public record Options(
      double beta1,
      double beta2,
      double eps,
      double weightDecay,
      boolean decaysAll,
      boolean l2,
      boolean amsgrad,
      DType stateType)
      implements OptimizerOptions {
    public Options {
      OptionRanges.requireDecayRate(NAME, "beta1", beta1);
      OptionRanges.requireDecayRate(NAME, "beta2", beta2);
      OptionRanges.requirePositive(NAME, "eps", eps);
      OptionRanges.requireNonNegative(NAME, "weight decay", weightDecay);
      stateType = stateType == null ? DType.F32 : stateType; // in the files of earlier releases
      if (stateType != DType.F32 && stateType != DType.BF16) {
        throw new IllegalArgumentException(
            "adamw: the state must be f32 or bf16, got " + stateType.label());
      }
    }

    /** Beta1 0.9, beta2 0.95, eps 1e-8, weight decay 0.1 on matrices: usual for language models. */
    public static Options defaults() {
      return new Options(0.9, 0.95, 1e-8, 0.1, false, false, false, DType.F32);
    }

    @Override
    public Options withBeta1(double beta) {
      return new Options(beta, beta2, eps, weightDecay, decaysAll, l2, amsgrad, stateType);
    }

    @Override
    public Options withBeta2(double beta) {
      return new Options(beta1, beta, eps, weightDecay, decaysAll, l2, amsgrad, stateType);
    }

    @Override
    public Options withWeightDecay(double decay) {
      return new Options(beta1, beta2, eps, decay, decaysAll, l2, amsgrad, stateType);
    }

    /** Returns a copy with weight decay on all parameters, or on matrices only. */
    public Options withDecaysAll(boolean all) {
      return new Options(beta1, beta2, eps, weightDecay, all, l2, amsgrad, stateType);
    }

    @Override
    public Options withStateType(DType type) {
      return new Options(beta1, beta2, eps, weightDecay, decaysAll, l2, amsgrad, type);
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
      DType type = options.stateType();
      firstMoments.add(state.zeros("exp_avg." + parameter.name(), type, dims));
      secondMoments.add(state.zeros("exp_avg_sq." + parameter.name(), type, dims));
      if (options.amsgrad()) {
        largestMoments.add(state.zeros("max_exp_avg_sq." + parameter.name(), type, dims));
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
          try (Workspace workspace = Workspace.enter()) {
            Wide m = Wide.of(firstMoments.get(p), slice, workspace);
            Wide v = Wide.of(secondMoments.get(p), slice, workspace);
            if (plain) {
              kernel.adamW(
                  new OptimizerKernel.Weights(
                      slice.of(parameter.value()),
                      slice.of(gradient),
                      slice.ofCopy(parameter),
                      slice.count()),
                  m.values(),
                  v.values(),
                  args);
            } else if (options.amsgrad()) {
              Wide largest = Wide.of(largestMoments.get(p), slice, workspace);
              updateVariant(slice, parameter, slice.of(gradient), m, v, largest.values(), args);
              largest.store(slice, seed(step, 2));
            } else {
              updateVariant(slice, parameter, slice.of(gradient), m, v, null, args);
            }
            m.store(slice, seed(step, 0));
            v.store(slice, seed(step, 1));
          }
        });
  }

  /**
   * Seed of the rounding of a moment: a function of the step, so that a resumed run is the same.
   */
  private static long seed(long step, int moment) {
    return (step * 3 + moment) * 0x9E3779B97F4A7C15L;
  }

  /**
   * A slice of a moment in f32: its memory, or a widened copy.
   *
   * @param stored the moment
   * @param values f32
   */
  private record Wide(Tensor stored, MemorySegment values) {
    static Wide of(Tensor moment, Slices.Slice slice, Workspace workspace) {
      MemorySegment own = slice.of(moment);
      if (moment.dtype() == DType.F32) {
        return new Wide(moment, own);
      }
      MemorySegment wide = workspace.take(slice.count() * Float.BYTES);
      KernelChoice.kernels()
          .elementwise()
          .convert(wide, DType.F32, own, moment.dtype(), slice.count());
      return new Wide(moment, wide);
    }

    /** Rounds the values into the moment. */
    void store(Slices.Slice slice, long seed) {
      if (stored.dtype() != DType.F32) {
        long ofParameter = seed + slice.parameter();
        KernelChoice.kernels()
            .optimizer()
            .roundStochastically(
                slice.of(stored), values, ofParameter, slice.from(), slice.count());
      }
    }
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
      Slices.Slice slice,
      Parameter parameter,
      MemorySegment grad,
      Wide firstMoment,
      Wide secondMoment,
      @Nullable MemorySegment largest,
      OptimizerKernel.AdamW args) {
    MemorySegment w = slice.of(parameter.value());
    MemorySegment m = firstMoment.values();
    MemorySegment v = secondMoment.values();
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
