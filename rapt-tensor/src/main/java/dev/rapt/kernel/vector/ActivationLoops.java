package dev.rapt.kernel.vector;

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
import org.jspecify.annotations.Nullable;

/**
 * Loops over {@link VectorActivation}, one for each function: a loop that called the function
 * through an interface would box every vector once it has seen three of them.
 */
final class ActivationLoops {
  static final float QUICK_GELU_A = 1.702f;

  private ActivationLoops() {}

  /** out = f(x) factor; out = f(x) where factor is null. */
  static void value(
      MemorySegment out, MemorySegment x, @Nullable MemorySegment factor, Activation f, long n) {
    long bound = FLOAT.loopBound(n);
    switch (f) {
      case IDENTITY -> identity(out, x, factor, bound);
      case GELU -> gelu(out, x, factor, bound);
      case GELU_TANH -> geluTanh(out, x, factor, bound);
      case QUICK_GELU -> sigmoidGate(out, x, factor, bound, QUICK_GELU_A);
      case RELU -> relu(out, x, factor, bound);
      case RELU_SQUARED -> reluSquared(out, x, factor, bound);
      case SILU -> sigmoidGate(out, x, factor, bound, 1);
      case SIGMOID -> sigmoid(out, x, factor, bound);
      case TANH -> tanh(out, x, factor, bound);
    }
    for (long i = bound; i < n; i++) {
      float times = factor == null ? 1 : get(factor, i);
      set(out, i, (float) (ScalarActivation.value(f, get(x, i)) * times));
    }
  }

  /** dX = f'(x) dY. */
  static void derivative(
      MemorySegment dX, MemorySegment x, MemorySegment dY, Activation f, long n) {
    long bound = FLOAT.loopBound(n);
    switch (f) {
      case IDENTITY -> identity(dX, dY, null, bound);
      case GELU -> geluDerivative(dX, x, dY, bound);
      case GELU_TANH -> geluTanhDerivative(dX, x, dY, bound);
      case QUICK_GELU -> sigmoidGateDerivative(dX, x, dY, bound, QUICK_GELU_A);
      case RELU -> reluDerivative(dX, x, dY, bound);
      case RELU_SQUARED -> reluSquaredDerivative(dX, x, dY, bound);
      case SILU -> sigmoidGateDerivative(dX, x, dY, bound, 1);
      case SIGMOID -> sigmoidDerivative(dX, x, dY, bound);
      case TANH -> tanhDerivative(dX, x, dY, bound);
    }
    for (long i = bound; i < n; i++) {
      set(dX, i, (float) (ScalarActivation.derivative(f, get(x, i)) * get(dY, i)));
    }
  }

  private static void identity(
      MemorySegment out, MemorySegment x, @Nullable MemorySegment factor, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      storeTimes(out, i, load(x, i), factor);
    }
  }

  private static void gelu(
      MemorySegment out, MemorySegment x, @Nullable MemorySegment factor, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      storeTimes(out, i, VectorActivation.gelu(load(x, i)), factor);
    }
  }

  private static void geluDerivative(
      MemorySegment dX, MemorySegment x, MemorySegment dY, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      store(dX, i, VectorActivation.geluDerivative(load(x, i)).mul(load(dY, i)));
    }
  }

  private static void sigmoidGate(
      MemorySegment out, MemorySegment x, @Nullable MemorySegment factor, long bound, float a) {
    for (long i = 0; i < bound; i += LANES) {
      storeTimes(out, i, VectorActivation.sigmoidGate(load(x, i), a), factor);
    }
  }

  private static void sigmoidGateDerivative(
      MemorySegment dX, MemorySegment x, MemorySegment dY, long bound, float a) {
    for (long i = 0; i < bound; i += LANES) {
      store(dX, i, VectorActivation.sigmoidGateDerivative(load(x, i), a).mul(load(dY, i)));
    }
  }

  private static void geluTanh(
      MemorySegment out, MemorySegment x, @Nullable MemorySegment factor, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      storeTimes(out, i, VectorActivation.geluTanh(load(x, i)), factor);
    }
  }

  private static void geluTanhDerivative(
      MemorySegment dX, MemorySegment x, MemorySegment dY, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      store(dX, i, VectorActivation.geluTanhDerivative(load(x, i)).mul(load(dY, i)));
    }
  }

  private static void relu(
      MemorySegment out, MemorySegment x, @Nullable MemorySegment factor, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      storeTimes(out, i, VectorActivation.relu(load(x, i)), factor);
    }
  }

  private static void reluDerivative(
      MemorySegment dX, MemorySegment x, MemorySegment dY, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      store(dX, i, VectorActivation.reluDerivative(load(x, i)).mul(load(dY, i)));
    }
  }

  private static void reluSquared(
      MemorySegment out, MemorySegment x, @Nullable MemorySegment factor, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector positive = VectorActivation.relu(load(x, i));
      storeTimes(out, i, positive.mul(positive), factor);
    }
  }

  private static void reluSquaredDerivative(
      MemorySegment dX, MemorySegment x, MemorySegment dY, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      FloatVector d = load(dY, i);
      store(dX, i, VectorActivation.relu(load(x, i)).mul(d.add(d)));
    }
  }

  private static void sigmoid(
      MemorySegment out, MemorySegment x, @Nullable MemorySegment factor, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      storeTimes(out, i, VectorActivation.sigmoid(load(x, i)), factor);
    }
  }

  private static void sigmoidDerivative(
      MemorySegment dX, MemorySegment x, MemorySegment dY, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      store(dX, i, VectorActivation.sigmoidDerivative(load(x, i)).mul(load(dY, i)));
    }
  }

  private static void tanh(
      MemorySegment out, MemorySegment x, @Nullable MemorySegment factor, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      storeTimes(out, i, VectorActivation.tanh(load(x, i)), factor);
    }
  }

  private static void tanhDerivative(
      MemorySegment dX, MemorySegment x, MemorySegment dY, long bound) {
    for (long i = 0; i < bound; i += LANES) {
      store(dX, i, VectorActivation.tanhDerivative(load(x, i)).mul(load(dY, i)));
    }
  }

  private static void storeTimes(
      MemorySegment out, long i, FloatVector v, @Nullable MemorySegment factor) {
    if (factor == null) {
      store(out, i, v);
    } else {
      store(out, i, v.mul(load(factor, i)));
    }
  }
}
