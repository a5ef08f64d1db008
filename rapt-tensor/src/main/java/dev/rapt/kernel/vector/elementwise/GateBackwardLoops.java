package dev.rapt.kernel.vector.elementwise;

import static dev.rapt.kernel.vector.math.Lanes.FLOAT;
import static dev.rapt.kernel.vector.math.Lanes.LANES;
import static dev.rapt.kernel.vector.math.Lanes.ORDER;
import static dev.rapt.kernel.vector.math.Lanes.get;
import static dev.rapt.kernel.vector.math.Lanes.load;
import static dev.rapt.kernel.vector.math.Lanes.set;

import dev.rapt.kernel.Activation;
import dev.rapt.kernel.scalar.ScalarActivation;
import dev.rapt.kernel.vector.math.VectorActivation;
import dev.rapt.kernel.vector.math.VectorMath;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Backward pass of the gate of a gated MLP, one loop for each activation function as in {@link
 * ActivationLoops}. Terms that a function and its derivative share are computed once.
 */
final class GateBackwardLoops {
  private GateBackwardLoops() {}

  /** dGate = f'(gate) up dOut; dUp = f(gate) dOut. */
  static void run(
      MemorySegment dGate,
      MemorySegment dUp,
      MemorySegment gate,
      MemorySegment up,
      MemorySegment dOut,
      Activation f,
      long n) {
    long bound = VectorActivation.isVectorised(f) ? FLOAT.loopBound(n) : 0;
    switch (f) {
      case IDENTITY -> identity(dGate, dUp, gate, up, dOut, bound);
      case GELU -> gelu(dGate, dUp, gate, up, dOut, bound);
      case GELU_TANH -> geluTanh(dGate, dUp, gate, up, dOut, bound);
      case QUICK_GELU ->
          sigmoidGate(dGate, dUp, gate, up, dOut, bound, VectorActivation.QUICK_GELU_A);
      case RELU -> relu(dGate, dUp, gate, up, dOut, bound);
      case RELU_SQUARED -> reluSquared(dGate, dUp, gate, up, dOut, bound);
      case SILU -> sigmoidGate(dGate, dUp, gate, up, dOut, bound, 1);
      case SIGMOID -> sigmoid(dGate, dUp, gate, up, dOut, bound);
      case TANH -> tanh(dGate, dUp, gate, up, dOut, bound);
      case GELU_10,
          LAPLACE,
          MISH,
          HARD_SWISH,
          RELU6,
          LEAKY_RELU,
          SQRT_SOFTPLUS,
          SOFTPLUS,
          EXP,
          XIELU_BELOW -> {}
    }
    for (long i = bound; i < n; i++) {
      float g = get(gate, i);
      double d = get(dOut, i);
      double slope = ScalarActivation.derivative(f, g) * get(up, i) * d;
      set(dUp, i, (float) (ScalarActivation.value(f, g) * d));
      set(dGate, i, (float) slope);
    }
  }

  private static void identity(
      MemorySegment dGate,
      MemorySegment dUp,
      MemorySegment gate,
      MemorySegment up,
      MemorySegment dOut,
      long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector g = load(gate, i);
      FloatVector d = load(dOut, i);
      FloatVector ud = load(up, i).mul(d);
      g.mul(d).intoMemorySegment(dUp, 4 * i, ORDER);
      ud.intoMemorySegment(dGate, 4 * i, ORDER);
    }
  }

  private static void gelu(
      MemorySegment dGate,
      MemorySegment dUp,
      MemorySegment gate,
      MemorySegment up,
      MemorySegment dOut,
      long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector g = load(gate, i);
      FloatVector d = load(dOut, i);
      FloatVector ud = load(up, i).mul(d);
      FloatVector e = VectorActivation.expOfHalfSquare(g);
      FloatVector cdf = VectorActivation.cdf(g, e);
      g.mul(cdf).mul(d).intoMemorySegment(dUp, 4 * i, ORDER);
      g.mul(e)
          .fma(FloatVector.broadcast(FLOAT, VectorActivation.INV_SQRT_2PI), cdf)
          .mul(ud)
          .intoMemorySegment(dGate, 4 * i, ORDER);
    }
  }

  private static void geluTanh(
      MemorySegment dGate,
      MemorySegment dUp,
      MemorySegment gate,
      MemorySegment up,
      MemorySegment dOut,
      long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector g = load(gate, i);
      FloatVector d = load(dOut, i);
      FloatVector ud = load(up, i).mul(d);
      FloatVector square = g.mul(g);
      FloatVector u =
          g.mul(square.mul(VectorActivation.GELU_TANH_B).add(VectorActivation.GELU_TANH_A));
      FloatVector e = VectorMath.expOfNegative(u.abs().neg());
      FloatVector inverse = FloatVector.broadcast(FLOAT, 1).div(e.add(1));
      FloatVector other = e.mul(inverse);
      FloatVector s = inverse.blend(other, u.compare(VectorOperators.LT, 0));
      FloatVector slope =
          g.mul(square.mul(3 * VectorActivation.GELU_TANH_B).add(VectorActivation.GELU_TANH_A))
              .mul(inverse.mul(other))
              .blend(0, e.compare(VectorOperators.EQ, 0));
      g.mul(s).mul(d).intoMemorySegment(dUp, 4 * i, ORDER);
      slope.add(s).mul(ud).intoMemorySegment(dGate, 4 * i, ORDER);
    }
  }

  private static void sigmoidGate(
      MemorySegment dGate,
      MemorySegment dUp,
      MemorySegment gate,
      MemorySegment up,
      MemorySegment dOut,
      long bound,
      float a) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector g = load(gate, i);
      FloatVector d = load(dOut, i);
      FloatVector ud = load(up, i).mul(d);
      FloatVector u = g.mul(a);
      FloatVector e = VectorMath.expOfNegative(u.abs().neg());
      FloatVector inverse = FloatVector.broadcast(FLOAT, 1).div(e.add(1));
      FloatVector other = e.mul(inverse);
      FloatVector s = inverse.blend(other, u.compare(VectorOperators.LT, 0));
      g.mul(s).mul(d).intoMemorySegment(dUp, 4 * i, ORDER);
      g.mul(inverse.mul(other)).mul(a).add(s).mul(ud).intoMemorySegment(dGate, 4 * i, ORDER);
    }
  }

  private static void relu(
      MemorySegment dGate,
      MemorySegment dUp,
      MemorySegment gate,
      MemorySegment up,
      MemorySegment dOut,
      long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector g = load(gate, i);
      FloatVector d = load(dOut, i);
      FloatVector ud = load(up, i).mul(d);
      VectorActivation.relu(g).mul(d).intoMemorySegment(dUp, 4 * i, ORDER);
      VectorActivation.reluDerivative(g).mul(ud).intoMemorySegment(dGate, 4 * i, ORDER);
    }
  }

  private static void reluSquared(
      MemorySegment dGate,
      MemorySegment dUp,
      MemorySegment gate,
      MemorySegment up,
      MemorySegment dOut,
      long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector g = load(gate, i);
      FloatVector d = load(dOut, i);
      FloatVector ud = load(up, i).mul(d);
      FloatVector r = VectorActivation.relu(g);
      r.mul(r).mul(d).intoMemorySegment(dUp, 4 * i, ORDER);
      r.mul(2).mul(ud).intoMemorySegment(dGate, 4 * i, ORDER);
    }
  }

  private static void sigmoid(
      MemorySegment dGate,
      MemorySegment dUp,
      MemorySegment gate,
      MemorySegment up,
      MemorySegment dOut,
      long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector g = load(gate, i);
      FloatVector d = load(dOut, i);
      FloatVector ud = load(up, i).mul(d);
      FloatVector e = VectorMath.expOfNegative(g.abs().neg());
      FloatVector inverse = FloatVector.broadcast(FLOAT, 1).div(e.add(1));
      FloatVector other = e.mul(inverse);
      inverse
          .blend(other, g.compare(VectorOperators.LT, 0))
          .mul(d)
          .intoMemorySegment(dUp, 4 * i, ORDER);
      inverse.mul(other).mul(ud).intoMemorySegment(dGate, 4 * i, ORDER);
    }
  }

  private static void tanh(
      MemorySegment dGate,
      MemorySegment dUp,
      MemorySegment gate,
      MemorySegment up,
      MemorySegment dOut,
      long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector g = load(gate, i);
      FloatVector d = load(dOut, i);
      FloatVector ud = load(up, i).mul(d);
      FloatVector t = VectorActivation.tanh(g);
      t.mul(d).intoMemorySegment(dUp, 4 * i, ORDER);
      t.neg()
          .fma(t, FloatVector.broadcast(FLOAT, 1))
          .mul(ud)
          .intoMemorySegment(dGate, 4 * i, ORDER);
    }
  }
}
