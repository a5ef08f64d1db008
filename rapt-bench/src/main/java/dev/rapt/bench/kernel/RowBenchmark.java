package dev.rapt.bench.kernel;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.attention.Rotation;
import dev.rapt.bench.Bytes;
import dev.rapt.bench.Check;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
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
 * What is computed row by row: RMSNorm, LayerNorm, softmax, and RoPE (half-split, heads of 64), in
 * GB/s of f32 read and written.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
@State(Scope.Benchmark)
public class RowBenchmark {
  private static final float EPS = 1e-5f;
  private static final int HEAD_DIM = 64;
  private static final double TOLERANCE = 1e-4;

  /** Rows and columns; RoPE takes the columns that make whole heads. */
  public enum Shape {
    GPT2(1024, 768),
    LLAMA_8B(512, 4096),
    CHAR_800K(768, 128),
    ODD(207, 1031);
    private final int rows, cols;

    Shape(int rows, int cols) {
      this.rows = rows;
      this.cols = cols;
    }
  }

  @Param Shape shape = Shape.ODD;

  private final dev.rapt.tensor.Scope scope = dev.rapt.tensor.Scope.open();
  private Tensor x = scope.floats(new float[0], 0);
  private Tensor weight = x;
  private Heads heads = Heads.of(x, 0, 0);
  private Rotation rotation = new Rotation(x, x, x, false);

  /** Fills the operands and checks one row of each result. */
  @Setup
  public void prepare() {
    int rows = shape.rows, cols = shape.cols, numHeads = cols / HEAD_DIM;
    x = Tensors.random(scope, rows, cols);
    weight = Tensors.random(scope, cols);
    heads =
        Heads.of(Tensors.random(scope, 1, rows, (long) numHeads * HEAD_DIM), numHeads, HEAD_DIM);
    rotation = rotation(rows);
    double sum = 0, squares = 0, exponentials = 0;
    for (int c = 0; c < cols; c++) {
      sum += x.getFloat(c);
      squares += (double) x.getFloat(c) * x.getFloat(c);
      exponentials += Math.exp(x.getFloat(c));
    }
    double first = x.getFloat(0), mean = sum / cols;
    double variance = squares / cols - mean * mean;
    try (dev.rapt.tensor.Scope step = scope.child()) {
      Tensor in = step.alias(x);
      double rms = first * weight.getFloat(0) / Math.sqrt(squares / cols + EPS);
      Check.close("RMSNorm", Ops.rmsNorm(in, weight, 0, EPS).getFloat(0), rms, TOLERANCE);
      double layer = (first - mean) / Math.sqrt(variance + EPS) * weight.getFloat(0);
      Check.close("LayerNorm", Ops.layerNorm(in, weight, null, EPS).getFloat(0), layer, TOLERANCE);
      double share = Math.exp(first) / exponentials;
      Check.close("softmax", Ops.softmax(in).getFloat(0), share, TOLERANCE);
    }
    long at = heads.tensor().lastDim(); // position 1, head 0
    double a = heads.tensor().getFloat(at), b = heads.tensor().getFloat(at + HEAD_DIM / 2);
    Ops.rotate(heads, rotation);
    double rotated = a * Math.cos(1) - b * Math.sin(1);
    Check.close("RoPE", heads.tensor().getFloat(at), rotated, TOLERANCE);
  }

  /** Angle of pair i at position t: t / 10000^(2 i / E). */
  private Rotation rotation(int rows) {
    int pairs = HEAD_DIM / 2;
    float[] cos = new float[rows * pairs], sin = new float[rows * pairs];
    int[] position = new int[rows];
    for (int t = 0; t < rows; t++) {
      position[t] = t;
      for (int i = 0; i < pairs; i++) {
        double angle = t / Math.pow(10_000, 2.0 * i / HEAD_DIM);
        cos[t * pairs + i] = (float) Math.cos(angle);
        sin[t * pairs + i] = (float) Math.sin(angle);
      }
    }
    Tensor table = scope.floats(cos, rows, pairs);
    return new Rotation(
        table, scope.floats(sin, rows, pairs), scope.ints(position, 1, rows), false);
  }

  /** Frees the operands. */
  @TearDown
  public void close() {
    scope.close();
  }

  /** RMSNorm. */
  @Benchmark
  public void rmsNorm(Bytes bytes) {
    run(bytes, x, in -> Ops.rmsNorm(in, weight, 0, EPS));
  }

  /** RMSNorm, in plain loops. */
  @Benchmark
  @Fork(value = 3, jvmArgsAppend = "-Drapt.kernels=scalar")
  public void rmsNormScalar(Bytes bytes) {
    run(bytes, x, in -> Ops.rmsNorm(in, weight, 0, EPS));
  }

  /** LayerNorm without bias. */
  @Benchmark
  public void layerNorm(Bytes bytes) {
    run(bytes, x, in -> Ops.layerNorm(in, weight, null, EPS));
  }

  /** LayerNorm without bias, in plain loops. */
  @Benchmark
  @Fork(value = 3, jvmArgsAppend = "-Drapt.kernels=scalar")
  public void layerNormScalar(Bytes bytes) {
    run(bytes, x, in -> Ops.layerNorm(in, weight, null, EPS));
  }

  /** Softmax of each row. */
  @Benchmark
  public void softmax(Bytes bytes) {
    run(bytes, x, Ops::softmax);
  }

  /** Softmax of each row, in plain loops. */
  @Benchmark
  @Fork(value = 3, jvmArgsAppend = "-Drapt.kernels=scalar")
  public void softmaxScalar(Bytes bytes) {
    run(bytes, x, Ops::softmax);
  }

  /** RoPE, in place. */
  @Benchmark
  public void rope(Bytes bytes) {
    run(bytes, heads.tensor(), in -> Ops.rotate(heads.in(in), rotation).tensor());
  }

  /** RoPE, in place, in plain loops. */
  @Benchmark
  @Fork(value = 3, jvmArgsAppend = "-Drapt.kernels=scalar")
  public void ropeScalar(Bytes bytes) {
    run(bytes, heads.tensor(), in -> Ops.rotate(heads.in(in), rotation).tensor());
  }

  private void run(Bytes bytes, Tensor operand, UnaryOperator<Tensor> operation) {
    try (dev.rapt.tensor.Scope step = scope.child()) {
      Tensor _ = operation.apply(step.alias(operand));
    }
    bytes.gigabytes += 2 * operand.numElements() * DType.F32.byteSize();
  }
}
