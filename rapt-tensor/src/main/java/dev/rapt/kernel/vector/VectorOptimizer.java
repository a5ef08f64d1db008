package dev.rapt.kernel.vector;

import static dev.rapt.kernel.vector.math.Lanes.FLOAT;
import static dev.rapt.kernel.vector.math.Lanes.LANES;
import static dev.rapt.kernel.vector.math.Lanes.ORDER;
import static dev.rapt.kernel.vector.math.Lanes.get;
import static dev.rapt.kernel.vector.math.Lanes.load;
import static dev.rapt.kernel.vector.math.Lanes.set;
import static dev.rapt.kernel.vector.math.Lanes.store;

import dev.rapt.kernel.OptimizerKernel;
import dev.rapt.kernel.vector.math.VectorConvert;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/** Optimiser updates in the Vector API, in f32, each in one pass over memory. */
public final class VectorOptimizer implements OptimizerKernel {
  @Override
  public void roundStochastically(
      MemorySegment out, MemorySegment x, long seed, long firstIndex, long n) {
    long i = 0;
    while (i < n) {
      long index = firstIndex + i;
      long sameHigh =
          (index | 0xffffffffL) - index + 1; // until the upper half of the index changes
      long count = Math.min(n - i, sameHigh);
      VectorConvert.toBfloat16(
          out.asSlice(Short.BYTES * i, Short.BYTES * count),
          x.asSlice(Float.BYTES * i, Float.BYTES * count),
          seed,
          index,
          count);
      i += count;
    }
  }

  @Override
  public void adamW(Weights weights, MemorySegment m, MemorySegment v, AdamW args) {
    MemorySegment w = weights.w(), grad = weights.grad(), weightCopy = weights.copy();
    long n = weights.n();
    FloatVector beta1 = broadcast(args.beta1());
    FloatVector beta2 = broadcast(args.beta2());
    float scale1 = (float) ((1 - args.beta1()) * args.gradScale());
    float scale2 = (float) ((1 - args.beta2()) * args.gradScale() * args.gradScale());
    float keep = (float) (1 - args.lr() * args.weightDecay());
    float rate = (float) (args.lr() / args.correction1());
    float root = (float) (1 / Math.sqrt(args.correction2()));
    float eps = (float) args.eps();
    FloatVector roots = broadcast(root);
    FloatVector epsilons = broadcast(eps);
    FloatVector keeps = broadcast(keep);
    long i = 0;
    for (long bound = FLOAT.loopBound(n); i < bound; i += LANES) {
      long at = 4 * i;
      FloatVector g = FloatVector.fromMemorySegment(FLOAT, grad, at, ORDER);
      FloatVector first =
          FloatVector.fromMemorySegment(FLOAT, m, at, ORDER).fma(beta1, g.mul(scale1));
      FloatVector second =
          FloatVector.fromMemorySegment(FLOAT, v, at, ORDER).fma(beta2, g.mul(g.mul(scale2)));
      first.intoMemorySegment(m, at, ORDER);
      second.intoMemorySegment(v, at, ORDER);
      FloatVector denominator = second.lanewise(VectorOperators.SQRT).fma(roots, epsilons);
      FloatVector step = first.mul(rate).div(denominator);
      FloatVector kept = FloatVector.fromMemorySegment(FLOAT, w, at, ORDER).mul(keeps);
      kept.sub(step).intoMemorySegment(w, at, ORDER);
    }
    for (; i < n; i++) {
      float g = get(grad, i);
      float first = Math.fma(get(m, i), (float) args.beta1(), g * scale1);
      float second = Math.fma(get(v, i), (float) args.beta2(), g * (g * scale2));
      set(m, i, first);
      set(v, i, second);
      float step = first * rate / Math.fma((float) Math.sqrt(second), root, eps);
      set(w, i, get(w, i) * keep - step);
    }
    copyWeights(weightCopy, w, n);
  }

  @Override
  public void lion(Weights weights, MemorySegment m, Lion args) {
    MemorySegment w = weights.w(), grad = weights.grad(), weightCopy = weights.copy();
    long n = weights.n();
    float beta1 = (float) args.beta1();
    float beta2 = (float) args.beta2();
    float scale1 = (float) ((1 - args.beta1()) * args.gradScale());
    float scale2 = (float) ((1 - args.beta2()) * args.gradScale());
    float keep = (float) (1 - args.lr() * args.weightDecay());
    float lr = (float) args.lr();
    FloatVector up = broadcast(lr);
    FloatVector down = broadcast(-lr);
    long i = 0;
    for (long bound = FLOAT.loopBound(n); i < bound; i += LANES) {
      FloatVector g = load(grad, i);
      FloatVector momentum = load(m, i);
      FloatVector direction = momentum.mul(beta1).add(g.mul(scale1));
      store(m, i, momentum.mul(beta2).add(g.mul(scale2)));
      // the sign of 0 is 0, that of NaN is NaN
      FloatVector step =
          direction
              .blend(up, direction.compare(VectorOperators.GT, 0))
              .blend(down, direction.compare(VectorOperators.LT, 0));
      load(w, i).mul(keep).sub(step).intoMemorySegment(w, 4 * i, ORDER);
    }
    for (; i < n; i++) {
      float g = get(grad, i);
      float momentum = get(m, i);
      float direction = momentum * beta1 + g * scale1;
      set(m, i, momentum * beta2 + g * scale2);
      set(w, i, get(w, i) * keep - Math.signum(direction) * lr);
    }
    copyWeights(weightCopy, w, n);
  }

  @Override
  public void sgd(Weights weights, @Nullable MemorySegment buffer, Sgd args) {
    MemorySegment w = weights.w(), grad = weights.grad(), weightCopy = weights.copy();
    long n = weights.n();
    if (buffer == null) {
      plainSgd(w, grad, weightCopy, n, args);
      return;
    }
    // buffer = momentum buffer + share g; w -= lr (own g + inertia buffer)
    float momentum = args.first() ? 0 : (float) args.momentum();
    float share = args.first() ? 1 : (float) (1 - args.dampening());
    float own = args.nesterov() ? 1 : 0;
    float inertia = args.nesterov() ? (float) args.momentum() : 1;
    float decay = (float) args.weightDecay();
    float gradScale = (float) args.gradScale();
    float lr = (float) args.lr();
    boolean first = args.first();
    if (first) {
      buffer.asSlice(0, 4 * n).fill((byte) 0); // its contents are undefined and may be NaN
    }
    long i = 0;
    for (long bound = FLOAT.loopBound(n); i < bound; i += LANES) {
      FloatVector old = load(w, i);
      FloatVector g = load(grad, i).mul(gradScale).add(old.mul(decay));
      FloatVector moved = load(buffer, i).mul(momentum).add(g.mul(share));
      store(buffer, i, moved);
      FloatVector step = g.mul(own).add(moved.mul(inertia));
      old.sub(step.mul(lr)).intoMemorySegment(w, 4 * i, ORDER);
    }
    for (; i < n; i++) {
      float old = get(w, i);
      float g = get(grad, i) * gradScale + old * decay;
      float moved = get(buffer, i) * momentum + g * share;
      set(buffer, i, moved);
      set(w, i, old - (g * own + moved * inertia) * lr);
    }
    copyWeights(weightCopy, w, n);
  }

  private static void plainSgd(
      MemorySegment w, MemorySegment grad, @Nullable MemorySegment weightCopy, long n, Sgd args) {
    float decay = (float) args.weightDecay();
    float gradScale = (float) args.gradScale();
    float lr = (float) args.lr();
    long i = 0;
    for (long bound = FLOAT.loopBound(n); i < bound; i += LANES) {
      FloatVector old = load(w, i);
      FloatVector g = load(grad, i).mul(gradScale).add(old.mul(decay));
      old.sub(g.mul(lr)).intoMemorySegment(w, 4 * i, ORDER);
    }
    for (; i < n; i++) {
      float old = get(w, i);
      float g = get(grad, i) * gradScale + old * decay;
      set(w, i, old - g * lr);
    }
    copyWeights(weightCopy, w, n);
  }

  private static FloatVector broadcast(double value) {
    return FloatVector.broadcast(FLOAT, (float) value);
  }

  /**
   * Writes the bf16 copy in a separate pass: a branch in the update loop would make the compiler
   * box every vector.
   */
  private static void copyWeights(@Nullable MemorySegment weightCopy, MemorySegment w, long n) {
    if (weightCopy != null) {
      VectorConvert.run(weightCopy, DType.BF16, w, DType.F32, n);
    }
  }
}
