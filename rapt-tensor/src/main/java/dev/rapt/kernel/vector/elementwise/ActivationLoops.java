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
 * Loops of activation functions, one for each function of {@link VectorActivation}: a loop that
 * called the function through an interface would box every vector once it has called three
 * different functions. Loads come first, and results are stored without a helper method, because
 * the compiler stops inlining such methods once a loop has about 35 vector operations, and then
 * boxes their arguments.
 */
final class ActivationLoops {
  private ActivationLoops() {}

  /** out = f(x). */
  static void value(MemorySegment out, MemorySegment x, Activation f, long n) {
    long bound = VectorActivation.isVectorised(f) ? FLOAT.loopBound(n) : 0;
    switch (f) {
      case IDENTITY -> identity(out, x, bound);
      case GELU -> gelu(out, x, bound);
      case GELU_TANH -> geluTanh(out, x, bound);
      case QUICK_GELU -> sigmoidGate(out, x, bound, VectorActivation.QUICK_GELU_A);
      case RELU -> relu(out, x, bound);
      case RELU_SQUARED -> reluSquared(out, x, bound);
      case SILU -> sigmoidGate(out, x, bound, 1);
      case SIGMOID -> sigmoid(out, x, bound);
      case TANH -> tanh(out, x, bound);
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
      set(out, i, (float) ScalarActivation.value(f, get(x, i)));
    }
  }

  /** dX = f'(x) dY. */
  static void derivative(
      MemorySegment dX, MemorySegment x, MemorySegment dY, Activation f, long n) {
    long bound = VectorActivation.isVectorised(f) ? FLOAT.loopBound(n) : 0;
    switch (f) {
      case IDENTITY -> identity(dX, dY, bound);
      case GELU -> geluDerivative(dX, x, dY, bound);
      case GELU_TANH -> geluTanhDerivative(dX, x, dY, bound);
      case QUICK_GELU -> sigmoidGateDerivative(dX, x, dY, bound, VectorActivation.QUICK_GELU_A);
      case RELU -> reluDerivative(dX, x, dY, bound);
      case RELU_SQUARED -> reluSquaredDerivative(dX, x, dY, bound);
      case SILU -> sigmoidGateDerivative(dX, x, dY, bound, 1);
      case SIGMOID -> sigmoidDerivative(dX, x, dY, bound);
      case TANH -> tanhDerivative(dX, x, dY, bound);
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
      set(dX, i, (float) (ScalarActivation.derivative(f, get(x, i)) * get(dY, i)));
    }
  }

  private static void identity(MemorySegment out, MemorySegment x, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(x, i);
      v.intoMemorySegment(out, 4 * i, ORDER);
    }
  }

  private static void gelu(MemorySegment out, MemorySegment x, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(x, i);
      VectorActivation.gelu(v).intoMemorySegment(out, 4 * i, ORDER);
    }
  }

  private static void geluDerivative(
      MemorySegment dX, MemorySegment x, MemorySegment dY, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(x, i);
      FloatVector d = load(dY, i);
      VectorActivation.geluDerivative(v).mul(d).intoMemorySegment(dX, 4 * i, ORDER);
    }
  }

  private static void geluTanh(MemorySegment out, MemorySegment x, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(x, i);
      VectorActivation.geluTanh(v).intoMemorySegment(out, 4 * i, ORDER);
    }
  }

  private static void geluTanhDerivative(
      MemorySegment dX, MemorySegment x, MemorySegment dY, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(x, i);
      FloatVector d = load(dY, i);
      VectorActivation.geluTanhDerivative(v).mul(d).intoMemorySegment(dX, 4 * i, ORDER);
    }
  }

  private static void sigmoidGate(MemorySegment out, MemorySegment x, long bound, float a) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(x, i);
      VectorActivation.sigmoidGate(v, a).intoMemorySegment(out, 4 * i, ORDER);
    }
  }

  private static void sigmoidGateDerivative(
      MemorySegment dX, MemorySegment x, MemorySegment dY, long bound, float a) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(x, i);
      FloatVector d = load(dY, i);
      VectorActivation.sigmoidGateDerivative(v, a).mul(d).intoMemorySegment(dX, 4 * i, ORDER);
    }
  }

  private static void relu(MemorySegment out, MemorySegment x, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(x, i);
      VectorActivation.relu(v).intoMemorySegment(out, 4 * i, ORDER);
    }
  }

  private static void reluDerivative(
      MemorySegment dX, MemorySegment x, MemorySegment dY, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(x, i);
      FloatVector d = load(dY, i);
      VectorActivation.reluDerivative(v).mul(d).intoMemorySegment(dX, 4 * i, ORDER);
    }
  }

  private static void reluSquared(MemorySegment out, MemorySegment x, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(x, i);
      VectorActivation.reluSquared(v).intoMemorySegment(out, 4 * i, ORDER);
    }
  }

  private static void reluSquaredDerivative(
      MemorySegment dX, MemorySegment x, MemorySegment dY, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(x, i);
      FloatVector d = load(dY, i);
      VectorActivation.relu(v).mul(d.add(d)).intoMemorySegment(dX, 4 * i, ORDER);
    }
  }

  private static void sigmoid(MemorySegment out, MemorySegment x, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(x, i);
      VectorActivation.sigmoid(v).intoMemorySegment(out, 4 * i, ORDER);
    }
  }

  private static void sigmoidDerivative(
      MemorySegment dX, MemorySegment x, MemorySegment dY, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(x, i);
      FloatVector d = load(dY, i);
      VectorActivation.sigmoidDerivative(v).mul(d).intoMemorySegment(dX, 4 * i, ORDER);
    }
  }

  private static void tanh(MemorySegment out, MemorySegment x, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(x, i);
      VectorActivation.tanh(v).intoMemorySegment(out, 4 * i, ORDER);
    }
  }

  private static void tanhDerivative(
      MemorySegment dX, MemorySegment x, MemorySegment dY, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector v = load(x, i);
      FloatVector d = load(dY, i);
      VectorActivation.tanhDerivative(v).mul(d).intoMemorySegment(dX, 4 * i, ORDER);
    }
  }
}
