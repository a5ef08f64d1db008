package dev.rapt.train.optim;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rapt.autograd.Gradients;
import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Workers;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Adam with factored second moments: a matrix keeps one number for each row and each column.
 * arXiv:1804.04235. The arithmetic is in f64.
 */
public final class Adafactor implements Optimizer {
  private static final String NAME = "adafactor";

  /** The implementation whose constants and order of operations are used. */
  public enum Form {
    /** PyTorch: the step size is min(lr, 1 / sqrt(step)) times the RMS of the weights. */
    TORCH,
    /** The Hugging Face library. */
    HUGGING_FACE
  }

  /**
   * The constants of Adafactor.
   *
   * @param form whose formulas are used
   * @param scaleParameter whether the step size grows with the weights; always in {@link
   *     Form#TORCH}
   * @param relativeStep whether the step size follows from the number of the step instead of the
   *     learning rate; only in {@link Form#HUGGING_FACE}
   * @param warmupInit whether relative step sizes begin small
   * @param beta1 decay rate of the moving average of the updates; 0 for none; only in {@link
   *     Form#HUGGING_FACE}
   * @param weightDecay share of a weight that a step takes away, times the step size
   * @param decaysAll whether weight decay applies to vectors too
   */
  public record Options(
      Form form,
      boolean scaleParameter,
      boolean relativeStep,
      boolean warmupInit,
      double beta1,
      double weightDecay,
      boolean decaysAll)
      implements OptimizerOptions {
    public Options {
      OptionRanges.requireDecayRate(NAME, "beta1", beta1);
      OptionRanges.requireNonNegative(NAME, "weight decay", weightDecay);
      if (form == Form.TORCH && beta1 != 0) {
        throw new IllegalArgumentException(
            "adafactor: PyTorch's form has no beta1, got %s".formatted(beta1));
      }
      if (form == Form.TORCH && (!scaleParameter || relativeStep)) {
        throw new IllegalArgumentException(
            "adafactor: PyTorch's form needs scaleParameter and has no relativeStep, got"
                + " scaleParameter %s and relativeStep %s".formatted(scaleParameter, relativeStep));
      }
      if (warmupInit && !relativeStep) {
        throw new IllegalArgumentException(
            "adafactor: warmupInit needs relativeStep, got relativeStep false");
      }
    }

    /** PyTorch's form without weight decay. */
    public static Options defaults() {
      return new Options(Form.TORCH, true, false, false, 0, 0, false);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if beta1 is not in [0, 1), or in PyTorch's form, which has
     *     none
     */
    @Override
    public OptimizerOptions withBeta1(double rate) {
      return form == Form.TORCH
          ? OptimizerOptions.super.withBeta1(rate)
          : new Options(
              form, scaleParameter, relativeStep, warmupInit, rate, weightDecay, decaysAll);
    }

    @Override
    public Options withWeightDecay(double decay) {
      return new Options(form, scaleParameter, relativeStep, warmupInit, beta1, decay, decaysAll);
    }

    @Override
    public Adafactor create(
        List<Parameter> parameters, Set<Parameter> hiddenMatrices, LearningRates rates) {
      return new Adafactor(parameters, this, rates);
    }

    @Override
    public double usualLr() {
      return 1e-2;
    }

    @Override
    public String name() {
      return NAME;
    }
  }

  private static final double DECAY_EXPONENT = -0.8;
  private static final double SMALLEST_SCALE = 1e-3;
  private static final double TORCH_FLOOR = 0x1p-23; // the spacing of f32 at 1
  private static final double HUGGING_FACE_EPS = 1e-30;
  private static final int CHUNKS = 32;

  /**
   * Second moments: of rows (R) and columns (C) of a matrix, or of all elements (n) of a vector;
   * and the moving average of the updates, if there is one.
   */
  private record Moments(
      Parameter parameter,
      double rate,
      Tensor rows,
      @Nullable Tensor cols,
      @Nullable Tensor updates) {
    long R() {
      return cols == null ? 1 : rows.numElements();
    }

    int C() {
      return Math.toIntExact(cols == null ? rows.numElements() : cols.numElements());
    }
  }

  private final Options options;
  private final OptimizerState state = new OptimizerState();
  private final List<Moments> moments = new ArrayList<>();

  Adafactor(List<Parameter> parameters, Options options, LearningRates rates) {
    this.options = options;
    for (Parameter parameter : parameters) {
      String name = parameter.name();
      Tensor value = parameter.value();
      boolean isMatrix = parameter.isMatrix();
      Tensor rows =
          isMatrix
              ? state.zeros("row_var." + name, value.numRows())
              : state.zeros("variance." + name, value.numElements());
      Tensor cols = isMatrix ? state.zeros("col_var." + name, value.lastDim()) : null;
      Tensor updates =
          options.beta1() == 0 ? null : state.zeros("exp_avg." + name, value.numElements());
      moments.add(new Moments(parameter, rates.checked(parameter), rows, cols, updates));
    }
  }

  @Override
  public OptimizerState state() {
    return state;
  }

  @Override
  public void step(Gradients gradients, double lr, double gradScale) {
    long number = state.advance();
    for (Moments of : moments) {
      Tensor gradient = gradients.of(of.parameter().value());
      if (gradient != null) {
        update(of, gradient.memory(), number, lr * of.rate(), gradScale);
      }
    }
  }

  private void update(Moments of, MemorySegment g, long number, double lr, double gradScale) {
    Parameter parameter = of.parameter();
    MemorySegment w = parameter.value().memory();
    long n = parameter.value().numElements();
    double fresh = Math.pow((double) number, DECAY_EXPONENT);
    double size = rootMeanSquare(w, n);
    double step = stepSize(number, lr, of.rate(), size);
    if (of.cols() == null) {
      keepSquares(of, g, gradScale, fresh);
    } else {
      keepMeans(of, g, gradScale, fresh);
    }
    double rowMean = of.cols() == null ? 1 : mean(of.rows());
    double updateSize = Math.sqrt(sumOfSquaredUpdates(of, g, gradScale, rowMean) / n);
    double decays = options.decaysAll() || parameter.isMatrix() ? options.weightDecay() : 0;
    double decayRate = options.form() == Form.TORCH ? lr : step;
    double keep = 1 - decayRate * decays;
    double factor = step / Math.max(1, updateSize) * gradScale;
    int C = of.C();
    Workers.shared()
        .forRange(
            of.R(),
            rowGrain(C),
            (from, to) -> {
              for (long r = from; r < to; r++) {
                for (int c = 0; c < C; c++) {
                  long i = r * C + c;
                  double u = g.getAtIndex(JAVA_FLOAT, i) * scale(of, r, c, rowMean);
                  double change = averaged(of.updates(), i, factor * u);
                  double updated = w.getAtIndex(JAVA_FLOAT, i) * keep - change;
                  w.setAtIndex(JAVA_FLOAT, i, (float) updated);
                }
              }
            });
    Tensor copy = parameter.bf16Copy();
    if (copy != null) {
      KernelChoice.kernels().elementwise().convert(copy.memory(), DType.BF16, w, DType.F32, n);
    }
  }

  /** Adds the change of a weight to its moving average; returns what the weight changes by. */
  private double averaged(@Nullable Tensor updates, long i, double change) {
    if (updates == null) {
      return change;
    }
    MemorySegment kept = updates.memory();
    average(kept, i, change, 1 - options.beta1());
    return kept.getAtIndex(JAVA_FLOAT, i);
  }

  private double stepSize(long number, double lr, double rate, double weightSize) {
    double byNumber = 1 / Math.sqrt((double) number);
    double step = lr;
    if (options.form() == Form.TORCH) {
      step = Math.min(lr, byNumber);
    } else if (options.relativeStep()) {
      step = rate * Math.min(options.warmupInit() ? 1e-6 * number : 1e-2, byNumber);
    }
    return options.scaleParameter() ? step * Math.max(SMALLEST_SCALE, weightSize) : step;
  }

  private static double rootMeanSquare(MemorySegment x, long n) {
    ElementwiseKernel kernel = KernelChoice.kernels().elementwise();
    return Math.sqrt(kernel.sumOfSquares(x, n) / n);
  }

  private static double mean(Tensor x) {
    double sum = 0;
    for (long i = 0; i < x.numElements(); i++) {
      sum += x.getFloat(i);
    }
    return sum / x.numElements();
  }

  /** Added to every squared gradient. */
  private double squareEps() {
    return options.form() == Form.TORCH ? 0 : HUGGING_FACE_EPS;
  }

  private void keepSquares(Moments of, MemorySegment g, double gradScale, double fresh) {
    MemorySegment kept = of.rows().memory();
    for (int i = 0; i < of.C(); i++) {
      double x = gradScale * g.getAtIndex(JAVA_FLOAT, i);
      double old = kept.getAtIndex(JAVA_FLOAT, i);
      kept.setAtIndex(JAVA_FLOAT, i, (float) (old + fresh * (x * x + squareEps() - old)));
    }
  }

  /** Updates the means of the squares over rows and columns. */
  private void keepMeans(Moments of, MemorySegment g, double gradScale, double fresh) {
    long R = of.R();
    int C = of.C();
    double[][] colSums = new double[CHUNKS][C];
    MemorySegment rows = of.rows().memory();
    double eps = squareEps();
    Workers.shared()
        .run(
            CHUNKS,
            chunk -> {
              double[] cols = colSums[chunk];
              for (long r = R * chunk / CHUNKS; r < R * (chunk + 1) / CHUNKS; r++) {
                double sum = 0;
                for (int c = 0; c < C; c++) {
                  double x = gradScale * g.getAtIndex(JAVA_FLOAT, r * C + c);
                  double square = x * x + eps;
                  sum += square;
                  cols[c] += square;
                }
                average(rows, r, sum / C, fresh);
              }
            });
    Tensor colMeans = of.cols();
    for (int c = 0; colMeans != null && c < C; c++) {
      double sum = 0;
      for (double[] part : colSums) {
        sum += part[c];
      }
      average(colMeans.memory(), c, sum / R, fresh);
    }
  }

  private static void average(MemorySegment x, long i, double value, double fresh) {
    double old = x.getAtIndex(JAVA_FLOAT, i);
    x.setAtIndex(JAVA_FLOAT, i, (float) (old + fresh * (value - old)));
  }

  /** The factor of a gradient: one over the root of its second moment. */
  private double scale(Moments of, long r, int c, double rowMean) {
    Tensor cols = of.cols();
    double floor = options.form() == Form.TORCH ? TORCH_FLOOR : 0;
    double moment =
        cols == null
            ? of.rows().memory().getAtIndex(JAVA_FLOAT, c)
            : of.rows().memory().getAtIndex(JAVA_FLOAT, r)
                * (double) cols.memory().getAtIndex(JAVA_FLOAT, c)
                / Math.max(rowMean, floor);
    return 1 / Math.sqrt(Math.max(moment, floor * floor));
  }

  private double sumOfSquaredUpdates(
      Moments of, MemorySegment g, double gradScale, double rowMean) {
    long R = of.R();
    int C = of.C();
    double[] sums = new double[CHUNKS];
    Workers.shared()
        .run(
            CHUNKS,
            chunk -> {
              double sum = 0;
              for (long r = R * chunk / CHUNKS; r < R * (chunk + 1) / CHUNKS; r++) {
                for (int c = 0; c < C; c++) {
                  double x = gradScale * g.getAtIndex(JAVA_FLOAT, r * C + c);
                  double u = x * scale(of, r, c, rowMean);
                  sum += u * u;
                }
              }
              sums[chunk] = sum;
            });
    double total = 0;
    for (double sum : sums) {
      total += sum;
    }
    return total;
  }

  private static long rowGrain(int cols) {
    return Math.max(1, (1 << 15) / cols);
  }
}
