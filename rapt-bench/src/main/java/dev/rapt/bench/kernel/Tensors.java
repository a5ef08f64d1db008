package dev.rapt.bench.kernel;

import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Operands of benchmarks. */
final class Tensors {
  private Tensors() {}

  /** An f32 tensor of normally distributed numbers, always the same. */
  static Tensor random(Scope scope, long... dims) {
    Tensor tensor = scope.empty(DType.F32, dims);
    Random random = new Random(1);
    for (long i = 0; i < tensor.numElements(); i++) {
      tensor.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    return tensor;
  }

  /** Causal attention of T queries, which are the last of S positions, at scale 1 / sqrt(E). */
  static AttentionArgs causal(Scope scope, int B, int T, int S, int E) {
    int[] keyTo = new int[B * T];
    for (int i = 0; i < keyTo.length; i++) {
      keyTo[i] = S - T + i % T + 1;
    }
    Tensor to = scope.ints(keyTo, B, T);
    return AttentionArgs.of((float) (1 / Math.sqrt(E)), scope.zeros(DType.I32, B, T), to, S);
  }
}
