package dev.rapt.kernel.vector;

import static dev.rapt.kernel.vector.Lanes.FLOAT;
import static dev.rapt.kernel.vector.Lanes.LANES;
import static dev.rapt.kernel.vector.Lanes.get;
import static dev.rapt.kernel.vector.Lanes.load;
import static dev.rapt.kernel.vector.Lanes.set;
import static dev.rapt.kernel.vector.Lanes.store;

import dev.rapt.kernel.Bfloat16;
import dev.rapt.kernel.OptimizerKernel;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/** Optimiser updates a vector at a time, in f32, one pass over memory each. */
public final class VectorOptimizer implements OptimizerKernel {
  @Override
  public void adamW(
      MemorySegment w,
      MemorySegment m,
      MemorySegment v,
      MemorySegment grad,
      @Nullable MemorySegment weightCopy,
      long n,
      AdamW args) {
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
      FloatVector g = load(grad, i);
      FloatVector first = load(m, i).fma(beta1, g.mul(scale1));
      FloatVector second = load(v, i).fma(beta2, g.mul(g.mul(scale2)));
      store(m, i, first);
      store(v, i, second);
      FloatVector denominator = second.lanewise(VectorOperators.SQRT).fma(roots, epsilons);
      FloatVector step = first.mul(rate).div(denominator);
      storeWeight(w, weightCopy, i, load(w, i).mul(keeps).sub(step));
    }
    for (; i < n; i++) {
      float g = get(grad, i);
      float first = Math.fma(get(m, i), (float) args.beta1(), g * scale1);
      float second = Math.fma(get(v, i), (float) args.beta2(), g * (g * scale2));
      set(m, i, first);
      set(v, i, second);
      float step = first * rate / Math.fma((float) Math.sqrt(second), root, eps);
      setWeight(w, weightCopy, i, get(w, i) * keep - step);
    }
  }

  @Override
  public void lion(
      MemorySegment w,
      MemorySegment m,
      MemorySegment grad,
      @Nullable MemorySegment weightCopy,
      long n,
      Lion args) {
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
      // 0 stays 0 and NaN stays NaN
      FloatVector step =
          direction
              .blend(up, direction.compare(VectorOperators.GT, 0))
              .blend(down, direction.compare(VectorOperators.LT, 0));
      storeWeight(w, weightCopy, i, load(w, i).mul(keep).sub(step));
    }
    for (; i < n; i++) {
      float g = get(grad, i);
      float momentum = get(m, i);
      float direction = momentum * beta1 + g * scale1;
      set(m, i, momentum * beta2 + g * scale2);
      setWeight(w, weightCopy, i, get(w, i) * keep - Math.signum(direction) * lr);
    }
  }

  @Override
  public void sgd(
      MemorySegment w,
      @Nullable MemorySegment buffer,
      MemorySegment grad,
      @Nullable MemorySegment weightCopy,
      long n,
      Sgd args) {
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
      buffer.asSlice(0, 4 * n).fill((byte) 0); // it may hold anything, also NaN
    }
    long i = 0;
    for (long bound = FLOAT.loopBound(n); i < bound; i += LANES) {
      FloatVector old = load(w, i);
      FloatVector g = load(grad, i).mul(gradScale).add(old.mul(decay));
      FloatVector moved = load(buffer, i).mul(momentum).add(g.mul(share));
      store(buffer, i, moved);
      FloatVector step = g.mul(own).add(moved.mul(inertia));
      storeWeight(w, weightCopy, i, old.sub(step.mul(lr)));
    }
    for (; i < n; i++) {
      float old = get(w, i);
      float g = get(grad, i) * gradScale + old * decay;
      float moved = get(buffer, i) * momentum + g * share;
      set(buffer, i, moved);
      setWeight(w, weightCopy, i, old - (g * own + moved * inertia) * lr);
    }
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
      storeWeight(w, weightCopy, i, old.sub(g.mul(lr)));
    }
    for (; i < n; i++) {
      float old = get(w, i);
      float g = get(grad, i) * gradScale + old * decay;
      setWeight(w, weightCopy, i, old - g * lr);
    }
  }

  private static FloatVector broadcast(double value) {
    return FloatVector.broadcast(FLOAT, (float) value);
  }

  private static void storeWeight(
      MemorySegment w, @Nullable MemorySegment weightCopy, long i, FloatVector value) {
    store(w, i, value);
    if (weightCopy != null) {
      VectorConvert.storeBfloat16(weightCopy, i, value);
    }
  }

  private static void setWeight(
      MemorySegment w, @Nullable MemorySegment weightCopy, long i, float value) {
    set(w, i, value);
    if (weightCopy != null) {
      VectorConvert.setHalf(weightCopy, i, Bfloat16.fromFloat(value));
    }
  }
}
