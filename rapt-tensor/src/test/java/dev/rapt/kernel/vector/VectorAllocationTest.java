package dev.rapt.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Floats;
import dev.rapt.kernel.LstmKernel;
import dev.rapt.kernel.NormKernel;
import dev.rapt.kernel.OptimizerKernel;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.kernel.vector.elementwise.VectorElementwise;
import dev.rapt.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A vector that the compiler could not keep in a register shows as an object on the heap. */
@Tag("compiler")
@ExtendWith(ForcedVectorWidth.class)
class VectorAllocationTest {
  private static final int ROWS = 4;
  private static final int COLS = 1003;
  private static final int N = ROWS * COLS;
  private static final int CALLS = 50;

  /** Far below one object for each vector, of which a call has hundreds. */
  private static final long BYTES_PER_CALL = 256;

  /** A kernel is compiled within seconds; past this it never stops allocating. */
  private static final long PATIENCE_NANOS = 30_000_000_000L;

  private final MemorySegment a = Floats.normal(1, N, 1);
  private final MemorySegment b = Floats.normal(2, N, 1);
  private final MemorySegment c = Floats.normal(3, N, 1);
  private final MemorySegment out = Floats.zeros(N);
  private final MemorySegment out2 = Floats.zeros(N);
  private final MemorySegment stats = Floats.zeros(ROWS);
  private final MemorySegment stats2 = Floats.zeros(ROWS);

  @Test
  void kernelsAllocateNothingOnceCompiled() {
    Map<String, Runnable> calls = new LinkedHashMap<>();
    elementwise(calls, new VectorElementwise());
    rows(calls, new VectorNorm(), new VectorSoftmax());
    optimizers(calls, new VectorOptimizer());
    lstm(calls, new VectorLstm());
    calls.forEach(
        (name, call) -> assertThat(bytesPerCall(call)).as(name).isLessThan(BYTES_PER_CALL));
  }

  private static long bytesPerCall(Runnable call) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long start = System.nanoTime();
    while (true) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < CALLS; i++) {
        call.run();
      }
      long bytes = (threads.getCurrentThreadAllocatedBytes() - before) / CALLS;
      if (bytes < BYTES_PER_CALL || System.nanoTime() - start > PATIENCE_NANOS) {
        return bytes;
      }
    }
  }

  /** Those with the longest loop bodies, and one of each pattern of access. */
  private void elementwise(Map<String, Runnable> calls, ElementwiseKernel k) {
    for (Activation f : new Activation[] {Activation.GELU, Activation.GELU_TANH, Activation.TANH}) {
      calls.put("activate " + f, () -> k.activate(out, a, f, N));
      calls.put("activateBackward " + f, () -> k.activateBackward(out, a, b, f, N));
      calls.put("gateBackward " + f, () -> k.gateBackward(out, out2, a, b, c, f, N));
    }
    calls.put("gate", () -> k.gate(out, a, b, Activation.SILU, N));
    calls.put("dropout", () -> k.dropout(out, a, 0.1f, 7, 0, N));
    calls.put("addColumnSums", () -> k.addColumnSums(out, a, ROWS, COLS));
    calls.put("to f16", () -> k.convert(out, DType.F16, a, DType.F32, N));
    calls.put("from bf16", () -> k.convert(out2, DType.F32, out, DType.BF16, N));
  }

  private void rows(Map<String, Runnable> calls, NormKernel norm, SoftmaxKernel softmax) {
    calls.put(
        "layerNorm",
        () ->
            norm.layerNorm(
                out,
                a,
                new NormKernel.LayerNorm(b, null, COLS, 1e-5f),
                new NormKernel.Moments(stats, stats2),
                ROWS));
    calls.put(
        "layerNormBackward",
        () ->
            norm.layerNormBackward(
                new NormKernel.Gradients(out, out2, null),
                a,
                c,
                new NormKernel.LayerNorm(b, null, COLS, 0),
                new NormKernel.Moments(stats, stats2),
                ROWS));
    MemorySegment targets =
        Arena.ofAuto().allocateFrom(JAVA_INT, 1, SoftmaxKernel.IGNORED, 5, COLS - 1);
    calls.put("softmax", () -> softmax.softmax(out, a, ROWS, COLS));
    calls.put("crossEntropy", () -> softmax.crossEntropy(out, targets, stats, ROWS, COLS, 0.1f, 1));
  }

  private void optimizers(Map<String, Runnable> calls, OptimizerKernel k) {
    MemorySegment second = Floats.zeros(N);
    MemorySegment copy = Floats.zeros(N);
    OptimizerKernel.AdamW adamW = new OptimizerKernel.AdamW(1e-3, .9, .99, 1e-8, .1, .1, .01, 1);
    calls.put(
        "adamW", () -> k.adamW(new OptimizerKernel.Weights(out, a, copy, N), out2, second, adamW));
    calls.put(
        "adamW without copy",
        () -> k.adamW(new OptimizerKernel.Weights(out, a, null, N), out2, second, adamW));
  }

  private void lstm(Map<String, Runnable> calls, LstmKernel k) {
    long size = COLS;
    MemorySegment gates = Floats.normal(4, N, 1);
    calls.put("lstm", () -> k.step(gates, b, out, out2, size));
    calls.put("lstm backward", () -> k.stepBackward(gates, b, c, a, out, size));
  }
}
