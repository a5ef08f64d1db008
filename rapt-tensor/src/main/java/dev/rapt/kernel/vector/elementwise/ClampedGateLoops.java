package dev.rapt.kernel.vector.elementwise;

import static dev.rapt.kernel.vector.math.Lanes.FLOAT;
import static dev.rapt.kernel.vector.math.Lanes.LANES;
import static dev.rapt.kernel.vector.math.Lanes.ORDER;
import static dev.rapt.kernel.vector.math.Lanes.load;

import dev.rapt.kernel.Gating;
import dev.rapt.kernel.scalar.ScalarElementwise;
import dev.rapt.kernel.vector.math.VectorActivation;
import dev.rapt.kernel.vector.math.VectorMath;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Loops of the gate {@link Gating.Clamped}; operands are loaded first, as in {@link
 * ActivationLoops}.
 */
final class ClampedGateLoops {
  private static final ScalarElementwise TAIL = new ScalarElementwise();

  private ClampedGateLoops() {}

  /** out = g sigmoid(alpha g) (u + 1). */
  static void value(
      MemorySegment out, MemorySegment gate, MemorySegment up, Gating.Clamped f, long n) {
    float limit = f.limit();
    float alpha = f.alpha();
    long bound = FLOAT.loopBound(n);
    for (long i = 0; i < bound; i += LANES) {
      FloatVector g = load(gate, i);
      FloatVector u = load(up, i);
      g = g.blend(limit, g.compare(VectorOperators.GT, limit));
      u = u.blend(limit, u.compare(VectorOperators.GT, limit));
      u = u.blend(-limit, u.compare(VectorOperators.LT, -limit));
      VectorActivation.sigmoidGate(g, alpha).mul(u.add(1)).intoMemorySegment(out, 4 * i, ORDER);
    }
    long rest = n - bound;
    TAIL.clampedGate(from(out, bound), from(gate, bound), from(up, bound), f, rest);
  }

  /** Computes dGate and dUp. */
  static void derivative(
      MemorySegment dGate,
      MemorySegment dUp,
      MemorySegment gate,
      MemorySegment up,
      MemorySegment dOut,
      Gating.Clamped f,
      long n) {
    float limit = f.limit();
    float alpha = f.alpha();
    long bound = FLOAT.loopBound(n);
    for (long i = 0; i < bound; i += LANES) {
      FloatVector rawG = load(gate, i);
      FloatVector rawU = load(up, i);
      FloatVector d = load(dOut, i);
      FloatVector g = rawG.blend(limit, rawG.compare(VectorOperators.GT, limit));
      FloatVector u = rawU.blend(limit, rawU.compare(VectorOperators.GT, limit));
      u = u.blend(-limit, rawU.compare(VectorOperators.LT, -limit));
      FloatVector v = g.mul(alpha);
      FloatVector e = VectorMath.expOfNegative(v.abs().neg());
      FloatVector inverse = FloatVector.broadcast(FLOAT, 1).div(e.add(1));
      FloatVector other = e.mul(inverse);
      FloatVector s = inverse.blend(other, v.compare(VectorOperators.LT, 0));
      g.mul(s)
          .mul(d)
          .blend(0, rawU.abs().compare(VectorOperators.GT, limit))
          .intoMemorySegment(dUp, 4 * i, ORDER);
      g.mul(inverse.mul(other))
          .mul(alpha)
          .add(s)
          .blend(0, rawG.compare(VectorOperators.GT, limit))
          .mul(u.add(1))
          .mul(d)
          .intoMemorySegment(dGate, 4 * i, ORDER);
    }
    TAIL.clampedGateBackward(
        from(dGate, bound),
        from(dUp, bound),
        from(gate, bound),
        from(up, bound),
        from(dOut, bound),
        f,
        n - bound);
  }

  private static MemorySegment from(MemorySegment x, long element) {
    return x.asSlice(element * Float.BYTES);
  }
}
