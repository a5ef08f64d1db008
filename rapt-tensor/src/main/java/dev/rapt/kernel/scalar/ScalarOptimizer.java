package dev.rapt.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.rapt.kernel.Bfloat16;
import dev.rapt.kernel.CounterRandom;
import dev.rapt.kernel.OptimizerKernel;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Scalar optimiser updates; each element is computed in f64 and rounded when stored. */
public final class ScalarOptimizer implements OptimizerKernel {
  @Override
  public void roundStochastically(
      MemorySegment out, MemorySegment x, long seed, long firstIndex, long n) {
    for (long i = 0; i < n; i++) {
      int random = CounterRandom.bits(seed, firstIndex + i);
      out.setAtIndex(JAVA_SHORT, i, Bfloat16.fromFloat(x.getAtIndex(JAVA_FLOAT, i), random));
    }
  }

  @Override
  public void adamW(Weights weights, MemorySegment m, MemorySegment v, AdamW args) {
    MemorySegment w = weights.w(), grad = weights.grad(), weightCopy = weights.copy();
    long n = weights.n();
    for (long i = 0; i < n; i++) {
      double g = args.gradScale() * get(grad, i);
      double first = args.beta1() * get(m, i) + (1 - args.beta1()) * g;
      double second = args.beta2() * get(v, i) + (1 - args.beta2()) * g * g;
      double step =
          (first / args.correction1()) / (Math.sqrt(second / args.correction2()) + args.eps());
      set(m, i, first);
      set(v, i, second);
      setWeight(
          w, weightCopy, i, get(w, i) * (1 - args.lr() * args.weightDecay()) - args.lr() * step);
    }
  }

  @Override
  public void lion(Weights weights, MemorySegment m, Lion args) {
    MemorySegment w = weights.w(), grad = weights.grad(), weightCopy = weights.copy();
    long n = weights.n();
    for (long i = 0; i < n; i++) {
      double g = args.gradScale() * get(grad, i);
      double momentum = get(m, i);
      double direction = Math.signum(args.beta1() * momentum + (1 - args.beta1()) * g);
      set(m, i, args.beta2() * momentum + (1 - args.beta2()) * g);
      setWeight(
          w,
          weightCopy,
          i,
          get(w, i) * (1 - args.lr() * args.weightDecay()) - args.lr() * direction);
    }
  }

  @Override
  public void sgd(Weights weights, @Nullable MemorySegment buffer, Sgd args) {
    MemorySegment w = weights.w(), grad = weights.grad(), weightCopy = weights.copy();
    long n = weights.n();
    for (long i = 0; i < n; i++) {
      double g = args.gradScale() * get(grad, i) + args.weightDecay() * get(w, i);
      double step = g;
      if (buffer != null) {
        double momentum =
            args.first() ? g : args.momentum() * get(buffer, i) + (1 - args.dampening()) * g;
        set(buffer, i, momentum);
        step = args.nesterov() ? g + args.momentum() * momentum : momentum;
      }
      setWeight(w, weightCopy, i, get(w, i) - args.lr() * step);
    }
  }

  private static void setWeight(
      MemorySegment w, @Nullable MemorySegment weightCopy, long i, double value) {
    set(w, i, value);
    if (weightCopy != null) {
      weightCopy.setAtIndex(JAVA_SHORT, i, Bfloat16.fromFloat((float) value));
    }
  }

  /** Reads an f32 as f64, so that all arithmetic here is in f64. */
  private static double get(MemorySegment x, long i) {
    return x.getAtIndex(JAVA_FLOAT, i);
  }

  private static void set(MemorySegment out, long i, double value) {
    out.setAtIndex(JAVA_FLOAT, i, (float) value);
  }
}
