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
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Loops of the gate of a gated MLP, one for each activation function as in {@link ActivationLoops}.
 */
final class GateLoops {
  private GateLoops() {}

  /** out = f(gate) up. */
  static void run(MemorySegment out, MemorySegment gate, MemorySegment up, Activation f, long n) {
    long bound = VectorActivation.isVectorised(f) ? FLOAT.loopBound(n) : 0;
    switch (f) {
      case IDENTITY -> identity(out, gate, up, bound);
      case GELU -> gelu(out, gate, up, bound);
      case GELU_TANH -> geluTanh(out, gate, up, bound);
      case QUICK_GELU -> sigmoidGate(out, gate, up, bound, VectorActivation.QUICK_GELU_A);
      case RELU -> relu(out, gate, up, bound);
      case RELU_SQUARED -> reluSquared(out, gate, up, bound);
      case SILU -> sigmoidGate(out, gate, up, bound, 1);
      case SIGMOID -> sigmoid(out, gate, up, bound);
      case TANH -> tanh(out, gate, up, bound);
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
      set(out, i, (float) (ScalarActivation.value(f, get(gate, i)) * get(up, i)));
    }
  }

  private static void identity(
      MemorySegment out, MemorySegment gate, MemorySegment up, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(gate, i);
      FloatVector u = load(up, i);
      v.mul(u).intoMemorySegment(out, 4 * i, ORDER);
    }
  }

  private static void gelu(MemorySegment out, MemorySegment gate, MemorySegment up, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(gate, i);
      FloatVector u = load(up, i);
      VectorActivation.gelu(v).mul(u).intoMemorySegment(out, 4 * i, ORDER);
    }
  }

  private static void geluTanh(
      MemorySegment out, MemorySegment gate, MemorySegment up, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(gate, i);
      FloatVector u = load(up, i);
      VectorActivation.geluTanh(v).mul(u).intoMemorySegment(out, 4 * i, ORDER);
    }
  }

  private static void sigmoidGate(
      MemorySegment out, MemorySegment gate, MemorySegment up, long bound, float a) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(gate, i);
      FloatVector u = load(up, i);
      VectorActivation.sigmoidGate(v, a).mul(u).intoMemorySegment(out, 4 * i, ORDER);
    }
  }

  private static void relu(MemorySegment out, MemorySegment gate, MemorySegment up, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(gate, i);
      FloatVector u = load(up, i);
      VectorActivation.relu(v).mul(u).intoMemorySegment(out, 4 * i, ORDER);
    }
  }

  private static void reluSquared(
      MemorySegment out, MemorySegment gate, MemorySegment up, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(gate, i);
      FloatVector u = load(up, i);
      VectorActivation.reluSquared(v).mul(u).intoMemorySegment(out, 4 * i, ORDER);
    }
  }

  private static void sigmoid(MemorySegment out, MemorySegment gate, MemorySegment up, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(gate, i);
      FloatVector u = load(up, i);
      VectorActivation.sigmoid(v).mul(u).intoMemorySegment(out, 4 * i, ORDER);
    }
  }

  private static void tanh(MemorySegment out, MemorySegment gate, MemorySegment up, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(gate, i);
      FloatVector u = load(up, i);
      VectorActivation.tanh(v).mul(u).intoMemorySegment(out, 4 * i, ORDER);
    }
  }
}
