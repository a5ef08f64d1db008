package dev.rapt.train.optim;

import dev.rapt.autograd.Gradients;
import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.Matmul;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Workers;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * Muon: for the matrices inside a model the update is the momentum, made nearly orthogonal by five
 * Newton-Schulz iterations; embeddings, head and vectors are updated by AdamW. Keller Jordan et al.
 * 2024, https://kellerjordan.github.io/posts/muon/; arXiv:2502.16982 for the scale that lets both
 * use the same learning rate. The iteration is computed in f32.
 */
public final class Muon implements Optimizer {
  private static final String NAME = "muon";

  /** Scale of the update by the shape of the matrix. */
  public enum Scale {
    /** sqrt(max(1, rows / columns)), as first published; usual learning rate 0.02. */
    ORIGINAL,
    /** 0.2 sqrt(max(rows, columns)): updates with the RMS of those of AdamW. */
    MATCH_RMS_ADAMW;

    double factor(long rows, long cols) {
      return switch (this) {
        case ORIGINAL -> Math.sqrt(Math.max(1, (double) rows / cols));
        case MATCH_RMS_ADAMW -> 0.2 * Math.sqrt((double) Math.max(rows, cols));
      };
    }
  }

  /**
   * The constants of Muon.
   *
   * @param momentum decay rate of the momentum, in [0, 1)
   * @param nesterov whether the momentum is Nesterov's
   * @param scale how the update depends on the shape of the matrix
   * @param weightDecay of the matrices: share of a weight that a step takes away, times the
   *     learning rate
   * @param restLr learning rate of AdamW, as a multiple of that of the matrices
   * @param rest constants of AdamW, which updates embeddings, head and vectors
   */
  public record Options(
      double momentum,
      boolean nesterov,
      Scale scale,
      double weightDecay,
      double restLr,
      AdamW.Options rest)
      implements OptimizerOptions {
    public Options {
      OptionRanges.requireDecayRate(NAME, "momentum", momentum);
      OptionRanges.requireNonNegative(NAME, "weight decay", weightDecay);
      OptionRanges.requirePositive(NAME, "learning rate of AdamW", restLr);
    }

    /** Nesterov momentum 0.95, updates as large as AdamW's, weight decay 0.1. */
    public static Options defaults() {
      return new Options(0.95, true, Scale.MATCH_RMS_ADAMW, 0.1, 1, AdamW.Options.defaults());
    }

    @Override
    public Options withBeta1(double beta) {
      return withRest(rest.withBeta1(beta));
    }

    @Override
    public Options withBeta2(double beta) {
      return withRest(rest.withBeta2(beta));
    }

    @Override
    public Options withMomentum(double value) {
      return new Options(value, nesterov, scale, weightDecay, restLr, rest);
    }

    /** Returns a copy with these constants of AdamW. */
    public Options withRest(AdamW.Options options) {
      return new Options(momentum, nesterov, scale, weightDecay, restLr, options);
    }

    /** Returns a copy with this weight decay, of the matrices and in AdamW. */
    @Override
    public Options withWeightDecay(double decay) {
      return new Options(momentum, nesterov, scale, decay, restLr, rest.withWeightDecay(decay));
    }

    @Override
    public Muon create(
        List<Parameter> parameters, Set<Parameter> hiddenMatrices, LearningRates rates) {
      return new Muon(parameters, hiddenMatrices, this, rates);
    }

    @Override
    public double usualLr() {
      return scale == Scale.ORIGINAL ? 2e-2 : 1e-3;
    }

    @Override
    public String name() {
      return NAME;
    }
  }

  /** Coefficients of the quintic iteration, and the smallest norm to divide by, as in PyTorch. */
  private static final float A = 3.4445f;

  private static final float B = -4.7750f;
  private static final float C = 2.0315f;
  private static final int ITERATIONS = 5;
  private static final double EPS = 1e-7;

  private record Hidden(Parameter parameter, Tensor momentum, double rate) {
    long rows() {
      return parameter.value().dim(0);
    }

    long cols() {
      return parameter.value().dim(1);
    }

    long work() {
      return rows() * cols() * Math.min(rows(), cols());
    }
  }

  private final Options options;
  private final OptimizerState state = new OptimizerState();
  private final List<Hidden> hidden = new ArrayList<>();
  private final AdamW rest;

  /** Parameters among the hidden matrices that are not of rank 2 are updated by AdamW. */
  Muon(
      List<Parameter> parameters,
      Set<Parameter> hiddenMatrices,
      Options options,
      LearningRates rates) {
    this.options = options;
    List<Parameter> others = new ArrayList<>();
    for (Parameter parameter : parameters) {
      if (hiddenMatrices.contains(parameter) && parameter.value().shape().rank() == 2) {
        long[] dims = parameter.value().shape().toArray();
        Tensor momentum = state.zeros("momentum." + parameter.name(), dims);
        hidden.add(new Hidden(parameter, momentum, rates.checked(parameter)));
      } else {
        others.add(parameter);
      }
    }
    hidden.sort(Comparator.comparingLong(Hidden::work).reversed()); // the most expensive first
    rest = new AdamW(others, options.rest(), rates, state);
  }

  @Override
  public OptimizerState state() {
    return state;
  }

  @Override
  public void step(Gradients gradients, double lr, double gradScale) {
    long number = state.advance();
    Workers workers = Workers.shared();
    if (hidden.size() >= workers.numThreads()) {
      workers.run(hidden.size(), i -> update(hidden.get(i), gradients, lr, gradScale));
    } else {
      hidden.forEach(
          matrix -> update(matrix, gradients, lr, gradScale)); // each product uses all workers
    }
    rest.update(number, gradients, lr * options.restLr(), gradScale);
  }

  private void update(Hidden matrix, Gradients gradients, double stepLr, double gradScale) {
    double lr = stepLr * matrix.rate();
    Parameter parameter = matrix.parameter();
    Tensor gradient = gradients.of(parameter.value());
    if (gradient == null) {
      return;
    }
    ElementwiseKernel kernel = KernelChoice.kernels().elementwise();
    long n = parameter.value().numElements();
    MemorySegment w = parameter.value().memory();
    MemorySegment momentum = matrix.momentum().memory();
    MemorySegment g = gradient.memory();
    float keep = (float) options.momentum();
    float fresh = (float) ((1 - options.momentum()) * gradScale);
    kernel.addScaled(momentum, keep, momentum, fresh, g, n);
    try (Scope scope = Scope.open()) {
      Tensor x = scope.empty(DType.F32, matrix.rows(), matrix.cols());
      if (options.nesterov()) {
        kernel.addScaled(x.memory(), fresh, g, keep, momentum, n);
      } else {
        x.memory().copyFrom(momentum);
      }
      Tensor direction = orthogonalize(x);
      double step = lr * options.scale().factor(matrix.rows(), matrix.cols());
      float decay = (float) (1 - lr * options.weightDecay());
      kernel.addScaled(w, decay, w, (float) -step, direction.memory(), n);
    }
    Tensor copy = parameter.bf16Copy();
    if (copy != null) {
      kernel.convert(copy.memory(), DType.BF16, w, DType.F32, n);
    }
  }

  /**
   * Brings all singular values of x (R, C) near 1: x / |x|, then five times a x + b (x x^T) x + c
   * (x x^T)^2 x. The square matrices have the size of the shorter side of x.
   *
   * @param x overwritten
   * @return (R, C), in the scope of x
   */
  private static Tensor orthogonalize(Tensor x) {
    ElementwiseKernel kernel = KernelChoice.kernels().elementwise();
    Scope scope = x.scope();
    long R = x.dim(0);
    long C = x.dim(1);
    long n = R * C;
    long side = Math.min(R, C);
    double norm = Math.sqrt(kernel.sumOfSquares(x.memory(), n));
    kernel.scale(x.memory(), x.memory(), (float) (1 / Math.max(norm, EPS)), n);
    Tensor square = scope.empty(DType.F32, side, side);
    Tensor polynomial = scope.empty(DType.F32, side, side);
    Tensor next = scope.empty(DType.F32, R, C);
    Tensor now = x;
    for (int i = 0; i < ITERATIONS; i++) {
      Matrix m = matrix(now);
      Matrix s = matrix(square);
      Matrix p = matrix(polynomial);
      if (R <= C) {
        Matmul.multiply(m, m.transposed(), null, s, false); // x x^T
      } else {
        Matmul.multiply(m.transposed(), m, null, s, false); // x^T x
      }
      Matmul.multiply(s, s, null, p, false);
      MemorySegment sum = polynomial.memory();
      kernel.addScaled(sum, Muon.C, sum, B, square.memory(), side * side);
      kernel.scale(next.memory(), now.memory(), A, n);
      if (R <= C) {
        Matmul.multiply(p, m, null, matrix(next), true);
      } else {
        Matmul.multiply(m, p, null, matrix(next), true);
      }
      Tensor last = now;
      now = next;
      next = last;
    }
    return now;
  }

  private static Matrix matrix(Tensor x) {
    return Matrix.of(x.memory(), DType.F32, x.dim(0), x.dim(1));
  }
}
