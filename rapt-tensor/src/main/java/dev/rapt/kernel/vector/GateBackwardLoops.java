package dev.rapt.kernel.vector;

import static dev.rapt.kernel.vector.ActivationLoops.QUICK_GELU_A;
import static dev.rapt.kernel.vector.Lanes.FLOAT;
import static dev.rapt.kernel.vector.Lanes.LANES;
import static dev.rapt.kernel.vector.Lanes.get;
import static dev.rapt.kernel.vector.Lanes.load;
import static dev.rapt.kernel.vector.Lanes.set;
import static dev.rapt.kernel.vector.Lanes.store;

import dev.rapt.kernel.Activation;
import dev.rapt.kernel.scalar.ScalarActivation;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Gradients of a gated MLP's inside, a loop for each function as in {@link ActivationLoops}; what a
 * function and its derivative have in common is computed once.
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
    long bound = FLOAT.loopBound(n);
    switch (f) {
      case IDENTITY -> identity(dGate, dUp, gate, up, dOut, bound);
      case GELU -> gelu(dGate, dUp, gate, up, dOut, bound);
      case GELU_TANH -> geluTanh(dGate, dUp, gate, up, dOut, bound);
      case QUICK_GELU -> sigmoidGate(dGate, dUp, gate, up, dOut, bound, QUICK_GELU_A);
      case RELU -> relu(dGate, dUp, gate, up, dOut, bound);
      case RELU_SQUARED -> reluSquared(dGate, dUp, gate, up, dOut, bound);
      case SILU -> sigmoidGate(dGate, dUp, gate, up, dOut, bound, 1);
      case SIGMOID -> sigmoid(dGate, dUp, gate, up, dOut, bound);
      case TANH -> tanh(dGate, dUp, gate, up, dOut, bound);
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
      FloatVector slope = load(up, i).mul(d);
      store(dUp, i, g.mul(d));
      store(dGate, i, slope);
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
      FloatVector slope = VectorActivation.geluDerivative(g).mul(load(up, i).mul(d));
      store(dUp, i, VectorActivation.gelu(g).mul(d));
      store(dGate, i, slope);
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
      FloatVector slope = VectorActivation.geluTanhDerivative(g).mul(load(up, i).mul(d));
      store(dUp, i, VectorActivation.geluTanh(g).mul(d));
      store(dGate, i, slope);
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
      FloatVector slope = VectorActivation.sigmoidGateDerivative(g, a).mul(load(up, i).mul(d));
      store(dUp, i, VectorActivation.sigmoidGate(g, a).mul(d));
      store(dGate, i, slope);
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
      FloatVector slope = VectorActivation.reluDerivative(g).mul(load(up, i).mul(d));
      store(dUp, i, VectorActivation.relu(g).mul(d));
      store(dGate, i, slope);
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
      FloatVector slope = VectorActivation.relu(g).mul(2).mul(load(up, i).mul(d));
      store(dUp, i, VectorActivation.relu(g).mul(VectorActivation.relu(g)).mul(d));
      store(dGate, i, slope);
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
      FloatVector slope = VectorActivation.sigmoidDerivative(g).mul(load(up, i).mul(d));
      store(dUp, i, VectorActivation.sigmoid(g).mul(d));
      store(dGate, i, slope);
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
      FloatVector slope = VectorActivation.tanhDerivative(g).mul(load(up, i).mul(d));
      store(dUp, i, VectorActivation.tanh(g).mul(d));
      store(dGate, i, slope);
    }
  }
}
