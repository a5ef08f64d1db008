package dev.rapt.bench.kernel;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.bench.Bytes;
import dev.rapt.bench.Check;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Attention of one query per sequence over a KV cache, in GB/s of keys and values read. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
@State(Scope.Benchmark)
public class DecodingAttentionBenchmark {
  private static final double TOLERANCE = 1e-4;

  /** Sequences, cached positions, query heads, key-value heads, width of a head. */
  public enum Shape {
    LLAMA_1B_4096(1, 4096, 32, 8, 64),
    QWEN3_600M_4096(1, 4096, 16, 8, 128),
    GPT2_2048(4, 2048, 12, 12, 64),
    ODD(3, 77, 6, 2, 40);
    private final int B, S, H, G, E;

    Shape(int B, int S, int H, int G, int E) {
      this.B = B;
      this.S = S;
      this.H = H;
      this.G = G;
      this.E = E;
    }
  }

  @Param Shape shape = Shape.ODD;

  private final dev.rapt.tensor.Scope scope = dev.rapt.tensor.Scope.open();
  private Tensor q = scope.floats(new float[0], 0);
  private Tensor k = q;
  private Tensor v = q;
  private AttentionArgs args = AttentionArgs.of(1, q, q, 0);

  /**
   * Fills the cache; equal keys give equal weights, so that the result is the mean of the values.
   */
  @Setup
  public void prepare() {
    int B = shape.B, S = shape.S, H = shape.H, G = shape.G, E = shape.E;
    q = Tensors.random(scope, B, 1, (long) H * E);
    v = Tensors.random(scope, B, S, (long) G * E);
    args = Tensors.causal(scope, B, 1, S, E);
    k = scope.zeros(DType.F32, B, S, (long) G * E);
    try (dev.rapt.tensor.Scope step = scope.child()) {
      double mean = 0;
      for (long s = 0; s < S; s++) {
        mean += v.getFloat(s * G * E) / (double) S;
      }
      Check.close("attention", attend(step).getFloat(0), mean, TOLERANCE);
    }
    k = Tensors.random(scope, B, S, (long) G * E);
  }

  /** Frees the operands. */
  @TearDown
  public void close() {
    scope.close();
  }

  /** The kernels of this machine. */
  @Benchmark
  public void decode(Bytes bytes) {
    run(bytes);
  }

  /** Plain loops. */
  @Benchmark
  @Fork(value = 3, jvmArgsAppend = "-Drapt.kernels=scalar")
  public void decodeScalar(Bytes bytes) {
    run(bytes);
  }

  private void run(Bytes bytes) {
    try (dev.rapt.tensor.Scope step = scope.child()) {
      attend(step);
    }
    bytes.gigabytes += 8L * shape.B * shape.S * shape.G * shape.E;
  }

  private Tensor attend(dev.rapt.tensor.Scope step) {
    Heads query = Heads.of(step.alias(q), shape.H, shape.E);
    return Ops.attention(query, Heads.of(k, shape.G, shape.E), Heads.of(v, shape.G, shape.E), args);
  }
}
