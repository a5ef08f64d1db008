package dev.rapt.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.rapt.kernel.Activation;
import dev.rapt.kernel.LstmKernel;
import java.lang.foreign.MemorySegment;

/** Scalar LSTM cell, in f64. */
public final class ScalarLstm implements LstmKernel {
  @Override
  public void step(
      MemorySegment gates, MemorySegment before, MemorySegment c, MemorySegment h, long size) {
    for (long j = 0; j < size; j++) {
      double i = activate(gates, j, Activation.SIGMOID);
      double f = activate(gates, size + j, Activation.SIGMOID);
      double g = activate(gates, 2 * size + j, Activation.TANH);
      double o = activate(gates, 3 * size + j, Activation.SIGMOID);
      double cell = f * get(before, j) + i * g;
      set(c, j, cell);
      set(h, j, o * Math.tanh(cell));
    }
  }

  private static double activate(MemorySegment gates, long j, Activation f) {
    double value = ScalarActivation.value(f, get(gates, j));
    set(gates, j, value);
    return value;
  }

  @Override
  public void stepBackward(
      MemorySegment gates,
      MemorySegment before,
      MemorySegment dOut,
      MemorySegment dH,
      MemorySegment dC,
      long size) {
    for (long j = 0; j < size; j++) {
      double i = get(gates, j);
      double f = get(gates, size + j);
      double g = get(gates, 2 * size + j);
      double o = get(gates, 3 * size + j);
      double t = Math.tanh(f * get(before, j) + i * g);
      double d = (double) get(dOut, j) + get(dH, j);
      double dCell = get(dC, j) + d * o * (1 - t * t);
      set(gates, j, dCell * g * i * (1 - i));
      set(gates, size + j, dCell * get(before, j) * f * (1 - f));
      set(gates, 2 * size + j, dCell * i * (1 - g * g));
      set(gates, 3 * size + j, d * t * o * (1 - o));
      set(dC, j, dCell * f);
    }
  }

  private static float get(MemorySegment memory, long index) {
    return memory.getAtIndex(JAVA_FLOAT_UNALIGNED, index);
  }

  private static void set(MemorySegment memory, long index, double value) {
    memory.setAtIndex(JAVA_FLOAT_UNALIGNED, index, (float) value);
  }
}
