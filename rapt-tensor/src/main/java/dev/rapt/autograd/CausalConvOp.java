package dev.rapt.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Partials;
import dev.rapt.compute.rows.Precision;
import dev.rapt.compute.rows.Spans;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Workspace;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Causal depthwise convolution over time: out[b, t, c] = bias[c] + sum over k of weight[c, k] x[b,
 * t - (K - 1) + k, c]. Inputs before the first come from the state, or are 0 without one.
 */
record CausalConvOp(Tensor x, Tensor weight, @Nullable Tensor bias, @Nullable Tensor state)
    implements Op {
  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  static Tensor apply(Tensor x, Tensor weight, @Nullable Tensor bias, @Nullable Tensor state) {
    if (x.shape().rank() != 3) {
      throw new IllegalArgumentException("causal conv: x must be (B, T, C), got " + x.shape());
    }
    long C = x.dim(2);
    long K = weight.numElements() / Math.max(1, C);
    if (weight.dim(0) != C || weight.lastDim() != K) {
      throw new IllegalArgumentException(
          "causal conv: weight must be (%d, K) or (%d, 1, K), got %s"
              .formatted(C, C, weight.shape()));
    }
    if (bias != null) {
      bias.requireShape("causal conv: bias", C).requireType(DType.F32);
    }
    if (state != null) {
      state.requireShape("causal conv: state", x.dim(0), K - 1, C);
    }
    Scope scope = Scope.innermost(x, weight, bias);
    Tensor out = scope.empty(x.dtype(), x.shape());
    CausalConvOp op = new CausalConvOp(x, weight, bias, state);
    Tensor taps = op.taps(scope);
    Spans.forEach(
        x.numRows(),
        C * K,
        row -> {
          try (Workspace workspace = Workspace.enter()) {
            MemorySegment sum = workspace.takeZeroed(C * Float.BYTES);
            if (bias != null) {
              sum.copyFrom(bias.memory());
            }
            for (long k = 0; k < K; k++) {
              MemorySegment in = op.input(workspace, row, K - 1 - k);
              if (in != null) {
                KERNEL.addProduct(sum, in, Spans.of(taps, k * C, C), C);
              }
            }
            Spans.store(out, row * C, sum, C);
          }
        });
    scope.release(taps);
    return Tape.record(op, out, x, weight, bias);
  }

  /**
   * Returns the state for the next call: the last K - 1 inputs of each sequence, taken from x and,
   * if x is shorter, from the previous state.
   */
  static Tensor nextState(Tensor x, long kernelSize, @Nullable Tensor state) {
    long B = x.dim(0);
    long T = x.dim(1);
    long C = x.dim(2);
    long kept = kernelSize - 1;
    Tensor next = x.scope().zeros(x.dtype(), B, kept, C);
    for (long b = 0; b < B; b++) {
      for (long i = 0; i < kept; i++) {
        long t = T - kept + i;
        if (t >= 0) {
          Spans.copy(next, (b * kept + i) * C, x, (b * T + t) * C, C);
        } else if (state != null) {
          Spans.copy(next, (b * kept + i) * C, state, (b * kept + kept + t) * C, C);
        }
      }
    }
    return next;
  }

  private long kernelSize() {
    return weight.lastDim();
  }

  /** The weights as (K, C) f32. */
  private Tensor taps(Scope scope) {
    long C = x.dim(2);
    Tensor wide = Precision.widen(scope, weight);
    Tensor taps = scope.empty(DType.F32, kernelSize(), C);
    KERNEL.transpose(taps.memory(), wide.memory(), Float.BYTES, C, kernelSize());
    Precision.drop(wide, weight);
    return taps;
  }

  /** The input a number of steps before a row, in f32; null if there is none. */
  private @Nullable MemorySegment input(Workspace workspace, long row, long back) {
    long T = x.dim(1);
    long C = x.dim(2);
    long t = row % T - back;
    if (t >= 0) {
      return Spans.floats(workspace, x, (row - back) * C, C);
    }
    long kept = kernelSize() - 1;
    return state == null
        ? null
        : Spans.floats(workspace, state, (row / T * kept + kept + t) * C, C);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    if (x.isTracked()) {
      giveX(dOut, gradients);
    }
    if (weight.isTracked()) {
      giveWeight(dOut, gradients);
    }
    if (bias != null && bias.isTracked()) {
      LinearOp.addColumnSums(gradients.zeroedSlot(bias), dOut);
    }
  }

  private void giveX(Tensor dOut, Backward gradients) {
    long T = x.dim(1);
    long C = x.dim(2);
    long K = kernelSize();
    Tensor taps = taps(gradients.tape());
    Tensor dX = gradients.tape().empty(x.dtype(), x.shape());
    Spans.forEach(
        x.numRows(),
        C * K,
        row -> {
          try (Workspace workspace = Workspace.enter()) {
            MemorySegment sum = workspace.takeZeroed(C * Float.BYTES);
            for (long ahead = 0; ahead < Math.min(K, T - row % T); ahead++) {
              MemorySegment d = Spans.floats(workspace, dOut, (row + ahead) * C, C);
              KERNEL.addProduct(sum, d, Spans.of(taps, (K - 1 - ahead) * C, C), C);
            }
            Spans.store(dX, row * C, sum, C);
          }
        });
    gradients.tape().release(taps);
    gradients.add(x, dX);
  }

  private void giveWeight(Tensor dOut, Backward gradients) {
    long C = x.dim(2);
    long K = kernelSize();
    Tensor dTaps = gradients.tape().zeros(DType.F32, K, C);
    for (long tap = 0; tap < K; tap++) {
      long back = K - 1 - tap;
      Partials.sum(
          x.numRows(),
          C,
          Spans.of(dTaps, tap * C, C),
          null,
          (block, sums, _) -> {
            MemorySegment d = block.in(dOut);
            for (long r = 0; r < block.rows(); r++) {
              try (Workspace workspace = Workspace.enter()) {
                MemorySegment in = input(workspace, block.from() + r, back);
                if (in != null) {
                  KERNEL.addProduct(sums, block.row(d, r), in, C);
                }
              }
            }
          });
    }
    Tensor dWeight = gradients.tape().empty(DType.F32, weight.shape());
    for (long c = 0; c < C; c++) {
      for (long k = 0; k < K; k++) {
        dWeight.memory().setAtIndex(JAVA_FLOAT, c * K + k, dTaps.getFloat(k * C + c));
      }
    }
    gradients.tape().release(dTaps);
    gradients.addWide(weight, dWeight);
  }
}
