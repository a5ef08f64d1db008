package dev.rapt.train.optim;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rapt.autograd.Gradients;
import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.nn.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Gradient clipping by global norm or by value. Sums are in f64 over slices that depend on the
 * model only, so the norm does not depend on the number of threads.
 */
public final class GradientClipping {
  /** Keeps the factor finite when the norm is 0, as PyTorch does. */
  private static final double EPS = 1e-6;

  private final Slices slices;

  /** Clips the gradients of these parameters. */
  public GradientClipping(List<Parameter> parameters) {
    slices = new Slices(parameters);
  }

  /** The Euclidean norm of all gradients as one vector. */
  public double norm(Gradients gradients) {
    return norm(gradients, 2);
  }

  /**
   * The p-norm of all gradients as one vector.
   *
   * @param p positive; infinity for the largest magnitude
   */
  public double norm(Gradients gradients, double p) {
    double[] sums = new double[slices.count()];
    ElementwiseKernel kernel = KernelChoice.kernels().elementwise();
    slices.run(
        gradients,
        (slice, index, _, gradient) -> {
          MemorySegment g = slice.of(gradient);
          sums[index] =
              p == 2 ? kernel.sumOfSquares(g, slice.count()) : powers(g, slice.count(), p);
        });
    double total = 0;
    for (double sum : sums) {
      total = Double.isInfinite(p) ? Math.max(total, sum) : total + sum;
    }
    return Double.isInfinite(p) ? total : p == 2 ? Math.sqrt(total) : Math.pow(total, 1 / p);
  }

  private static double powers(MemorySegment g, long n, double p) {
    double sum = 0;
    for (long i = 0; i < n; i++) {
      double magnitude = Math.abs(g.getAtIndex(JAVA_FLOAT, i));
      sum = Double.isInfinite(p) ? Math.max(sum, magnitude) : sum + Math.pow(magnitude, p);
    }
    return sum;
  }

  /** The factor that brings gradients of this norm down to the largest allowed; at most 1. */
  public static double factor(double norm, double maxNorm) {
    return Math.min(1, maxNorm / (norm + EPS));
  }

  /** Limits every single element to [-max, max]. */
  public void clipValues(Gradients gradients, float max) {
    slices.run(
        gradients,
        (slice, _, _, gradient) -> {
          MemorySegment g = slice.of(gradient);
          for (long i = 0; i < slice.count(); i++) {
            g.setAtIndex(JAVA_FLOAT, i, Math.clamp(g.getAtIndex(JAVA_FLOAT, i), -max, max));
          }
        });
  }
}
