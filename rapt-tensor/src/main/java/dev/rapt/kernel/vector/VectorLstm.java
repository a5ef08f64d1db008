package dev.rapt.kernel.vector;

import static dev.rapt.kernel.vector.math.Lanes.FLOAT;
import static dev.rapt.kernel.vector.math.Lanes.LANES;
import static dev.rapt.kernel.vector.math.Lanes.ORDER;
import static dev.rapt.kernel.vector.math.Lanes.get;
import static dev.rapt.kernel.vector.math.Lanes.load;
import static dev.rapt.kernel.vector.math.Lanes.set;

import dev.rapt.kernel.Activation;
import dev.rapt.kernel.LstmKernel;
import dev.rapt.kernel.scalar.ScalarActivation;
import dev.rapt.kernel.vector.math.VectorActivation;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** LSTM cell in the Vector API, in f32: loops over the gates of one sequence, which fit in L1. */
public final class VectorLstm implements LstmKernel {
  @Override
  public void step(
      MemorySegment gates, MemorySegment before, MemorySegment c, MemorySegment h, long size) {
    sigmoid(gates, 0, 2 * size);
    tanh(gates, 2 * size, size);
    sigmoid(gates, 3 * size, size);
    long f = size, g = 2 * size, o = 3 * size;
    long j = 0;
    for (long bound = FLOAT.loopBound(size); j < bound; j += LANES) {
      FloatVector kept = load(gates, f + j).mul(load(before, j));
      FloatVector cell = load(gates, j).fma(load(gates, g + j), kept);
      cell.intoMemorySegment(c, 4 * j, ORDER);
      VectorActivation.tanh(cell).mul(load(gates, o + j)).intoMemorySegment(h, 4 * j, ORDER);
    }
    for (; j < size; j++) {
      float cell = get(gates, f + j) * get(before, j) + get(gates, j) * get(gates, g + j);
      set(c, j, cell);
      set(h, j, (float) (get(gates, o + j) * Math.tanh(cell)));
    }
  }

  private static void sigmoid(MemorySegment x, long from, long n) {
    long j = 0;
    for (long bound = FLOAT.loopBound(n); j < bound; j += LANES) {
      VectorActivation.sigmoid(load(x, from + j)).intoMemorySegment(x, 4 * (from + j), ORDER);
    }
    for (; j < n; j++) {
      set(x, from + j, (float) ScalarActivation.value(Activation.SIGMOID, get(x, from + j)));
    }
  }

  private static void tanh(MemorySegment x, long from, long n) {
    long j = 0;
    for (long bound = FLOAT.loopBound(n); j < bound; j += LANES) {
      VectorActivation.tanh(load(x, from + j)).intoMemorySegment(x, 4 * (from + j), ORDER);
    }
    for (; j < n; j++) {
      set(x, from + j, (float) Math.tanh(get(x, from + j)));
    }
  }

  @Override
  public void stepBackward(
      MemorySegment gates,
      MemorySegment before,
      MemorySegment dOut,
      MemorySegment dH,
      MemorySegment dC,
      long size) {
    MemorySegment o = gates.asSlice(12 * size, 4 * size);
    throughGate(o, dOut, dH, dC, size);
    throughTanh(gates, before, dH, dC, size);
    throughSigmoid(o, dH, size);
    throughCell(gates, before, dC, size);
  }

  /** dH = (dOut + dH) o, which is also added to dC. */
  private static void throughGate(
      MemorySegment o, MemorySegment dOut, MemorySegment dH, MemorySegment dC, long size) {
    long j = 0;
    for (long bound = FLOAT.loopBound(size); j < bound; j += LANES) {
      FloatVector d = load(dOut, j).add(load(dH, j)).mul(load(o, j));
      d.intoMemorySegment(dH, 4 * j, ORDER);
      d.add(load(dC, j)).intoMemorySegment(dC, 4 * j, ORDER);
    }
    for (; j < size; j++) {
      float d = (get(dOut, j) + get(dH, j)) * get(o, j);
      set(dH, j, d);
      set(dC, j, d + get(dC, j));
    }
  }

  /** With t = tanh(c): dH = dH t, then dC = dC - dH t. */
  private static void throughTanh(
      MemorySegment gates, MemorySegment before, MemorySegment dH, MemorySegment dC, long size) {
    long f = size, g = 2 * size;
    long j = 0;
    for (long bound = FLOAT.loopBound(size); j < bound; j += LANES) {
      FloatVector kept = load(gates, f + j).mul(load(before, j));
      FloatVector t = VectorActivation.tanh(load(gates, j).fma(load(gates, g + j), kept));
      FloatVector d = load(dH, j).mul(t);
      d.intoMemorySegment(dH, 4 * j, ORDER);
      load(dC, j).sub(d.mul(t)).intoMemorySegment(dC, 4 * j, ORDER);
    }
    for (; j < size; j++) {
      float cell = get(gates, f + j) * get(before, j) + get(gates, j) * get(gates, g + j);
      float t = (float) Math.tanh(cell);
      float d = get(dH, j) * t;
      set(dH, j, d);
      set(dC, j, get(dC, j) - d * t);
    }
  }

  /** o = dH (1 - o). */
  private static void throughSigmoid(MemorySegment o, MemorySegment dH, long size) {
    long j = 0;
    for (long bound = FLOAT.loopBound(size); j < bound; j += LANES) {
      FloatVector d = load(dH, j);
      d.sub(d.mul(load(o, j))).intoMemorySegment(o, 4 * j, ORDER);
    }
    for (; j < size; j++) {
      set(o, j, get(dH, j) * (1 - get(o, j)));
    }
  }

  /** i = dC g i (1 - i), f = dC before f (1 - f), g = dC i (1 - g^2), dC = dC f. */
  private static void throughCell(
      MemorySegment gates, MemorySegment before, MemorySegment dC, long size) {
    long f = size, g = 2 * size;
    long j = 0;
    for (long bound = FLOAT.loopBound(size); j < bound; j += LANES) {
      FloatVector d = load(dC, j);
      FloatVector in = load(gates, j);
      FloatVector forget = load(gates, f + j);
      FloatVector cell = load(gates, g + j);
      FloatVector dIn = d.mul(in);
      FloatVector dForget = d.mul(forget);
      FloatVector dGateIn = dIn.mul(cell);
      dGateIn.sub(dGateIn.mul(in)).intoMemorySegment(gates, 4 * j, ORDER);
      FloatVector dGateForget = dForget.mul(load(before, j));
      dGateForget.sub(dGateForget.mul(forget)).intoMemorySegment(gates, 4 * (f + j), ORDER);
      dIn.sub(dIn.mul(cell).mul(cell)).intoMemorySegment(gates, 4 * (g + j), ORDER);
      dForget.intoMemorySegment(dC, 4 * j, ORDER);
    }
    for (; j < size; j++) {
      float d = get(dC, j);
      float in = get(gates, j);
      float forget = get(gates, f + j);
      float cell = get(gates, g + j);
      set(gates, j, d * cell * in * (1 - in));
      set(gates, f + j, d * get(before, j) * forget * (1 - forget));
      set(gates, g + j, d * in * (1 - cell * cell));
      set(dC, j, d * forget);
    }
  }
}
