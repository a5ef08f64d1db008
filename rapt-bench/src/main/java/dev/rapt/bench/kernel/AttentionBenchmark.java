package dev.rapt.bench.kernel;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Tape;
import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.bench.Check;
import dev.rapt.bench.Flops;
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

/**
 * Causal attention at shapes of training, in GFLOP/s on all workers: 4 E operations forward and 10
 * E backward for each pair of a query and a key it sees.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
@State(Scope.Benchmark)
public class AttentionBenchmark {
  private static final double TOLERANCE = 1e-4;

  /** Batch, positions, query heads, key-value heads, width of a head. */
  public enum Shape {
    GPT2_256(4, 256, 12, 12, 64),
    GPT2_1024(1, 1024, 4, 4, 64),
    GPT2_2048(1, 2048, 2, 2, 64),
    QWEN3_600M(1, 512, 16, 8, 128),
    CHAR_10M(64, 256, 6, 6, 64),
    CHAR_800K(12, 64, 4, 4, 32),
    ODD(3, 77, 6, 2, 40);
    private final int B, T, H, G, E;

    Shape(int B, int T, int H, int G, int E) {
      this.B = B;
      this.T = T;
      this.H = H;
      this.G = G;
      this.E = E;
    }

    private long pairs() {
      return (long) B * H * T * (T + 1) / 2;
    }
  }

  @Param({"GPT2_256", "GPT2_1024", "QWEN3_600M", "ODD"})
  Shape shape = Shape.ODD;

  private final dev.rapt.tensor.Scope scope = dev.rapt.tensor.Scope.open();
  private final Gradients gradients = new Gradients(scope);
  private Tensor q = scope.floats(new float[0], 0);
  private Tensor k = q;
  private Tensor v = q;
  private Tensor dOut = q;
  private AttentionArgs args = AttentionArgs.of(1, q, q, 0);

  /** Fills queries, keys and values, and checks the last query of the first head. */
  @Setup
  public void prepare() {
    int B = shape.B, T = shape.T, H = shape.H, G = shape.G, E = shape.E;
    q = Tensors.random(scope, B, T, (long) H * E);
    k = Tensors.random(scope, B, T, (long) G * E).track();
    v = Tensors.random(scope, B, T, (long) G * E).track();
    dOut = Tensors.random(scope, B, T, (long) H * E);
    args = Tensors.causal(scope, B, T, T, E);
    try (dev.rapt.tensor.Scope step = scope.child()) {
      Tensor y = attend(step);
      Check.close("attention", y.getFloat((T - 1L) * H * E), expected(), TOLERANCE);
    }
  }

  /** Frees the operands. */
  @TearDown
  public void close() {
    scope.close();
  }

  /** The forward pass. */
  @Benchmark
  public void forward(Flops flops) {
    runForward(flops);
  }

  /** The forward pass in plain loops. */
  @Benchmark
  @Fork(value = 3, jvmArgsAppend = "-Drapt.kernels=scalar")
  public void forwardScalar(Flops flops) {
    runForward(flops);
  }

  /** The forward pass and the backward pass. */
  @Benchmark
  public void forwardAndBackward(Flops flops) {
    runBoth(flops);
  }

  /** Both passes in plain loops. */
  @Benchmark
  @Fork(value = 3, jvmArgsAppend = "-Drapt.kernels=scalar")
  public void forwardAndBackwardScalar(Flops flops) {
    runBoth(flops);
  }

  private void runForward(Flops flops) {
    try (dev.rapt.tensor.Scope step = scope.child()) {
      attend(step);
    }
    flops.gflops += 4L * shape.E * shape.pairs();
  }

  private void runBoth(Flops flops) {
    gradients.clear();
    try (Tape tape = Tape.open(scope)) {
      tape.backward(Losses.dot(attend(tape), dOut), gradients);
    }
    flops.gflops += 14L * shape.E * shape.pairs();
  }

  private Tensor attend(dev.rapt.tensor.Scope step) {
    Heads query = Heads.of(step.alias(q), shape.H, shape.E); // the result belongs to the step
    return Ops.attention(query, Heads.of(k, shape.G, shape.E), Heads.of(v, shape.G, shape.E), args);
  }

  /** Element 0 of the last query of head 0. */
  private double expected() {
    double sum = 0, weights = 0;
    for (int s = 0; s < shape.T; s++) {
      double score = 0;
      for (int e = 0; e < shape.E; e++) {
        long query = (shape.T - 1L) * shape.H * shape.E + e;
        score += (double) q.getFloat(query) * k.getFloat((long) s * shape.G * shape.E + e);
      }
      double weight = Math.exp(score / Math.sqrt(shape.E));
      weights += weight;
      sum += weight * v.getFloat((long) s * shape.G * shape.E);
    }
    return sum / weights;
  }
}
