package dev.rapt.bench.kernel;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.rapt.bench.Check;
import dev.rapt.bench.Flops;
import dev.rapt.compute.Matmul;
import dev.rapt.kernel.Bfloat16;
import dev.rapt.kernel.Matrix;
import dev.rapt.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
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
 * Products that one training step of a linear layer needs, in GFLOP/s on all workers: forward, for
 * the gradient of the input, and for the gradient of the weight; the weight stored as (F, D) or as
 * (D, F). {@code onednn} falls back to {@code vector} where the native library is missing.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
@State(Scope.Benchmark)
public class MatmulBenchmark {
  private static final int CHECKED = 64;

  /** Relative to the root of the inner dimension; bf16 keeps 8 bits of a result. */
  private static final double F32_TOLERANCE = 1e-4, BF16_TOLERANCE = 2e-2;

  /** Rows of the batch, inputs and outputs of a linear layer. */
  public enum Layer {
    GPT2_QKV(1024, 768, 2304),
    GPT2_OUT(1024, 768, 768),
    GPT2_UP(1024, 768, 3072),
    GPT2_DOWN(1024, 3072, 768),
    GPT2_HEAD(160, 768, 50257),
    CHAR_10M_UP(16384, 384, 1536),
    CHAR_10M_DOWN(16384, 1536, 384),
    CHAR_800K_QKV(768, 128, 384),
    CHAR_800K_OUT(768, 128, 128),
    CHAR_800K_UP(768, 128, 512),
    CHAR_800K_DOWN(768, 512, 128),
    CHAR_800K_HEAD(768, 128, 65),
    LLAMA_8B_UP_PROJ(64, 4096, 14336),
    LLAMA_8B_UP_PROJ_DECODE(1, 4096, 14336),
    ODD(207, 13, 1031);
    private final long rows, inputs, outputs;

    Layer(long rows, long inputs, long outputs) {
      this.rows = rows;
      this.inputs = inputs;
      this.outputs = outputs;
    }
  }

  /** Types of the operands and of the result. */
  public enum Types {
    F32(DType.F32, DType.F32),
    BF16(DType.BF16, DType.BF16),
    BF16_TO_F32(DType.BF16, DType.F32);
    private final DType operands, result;

    Types(DType operands, DType result) {
      this.operands = operands;
      this.result = result;
    }
  }

  /** Which product: T marks an operand that is read as the transpose of what is stored. */
  public enum Product {
    /** y = x W^T, forward, W stored (F, D). */
    Y_X_WT,
    /** y = x W, forward, W stored (D, F). */
    Y_X_W,
    /** dX = dY W, W stored (F, D). */
    DX_DY_W,
    /** dX = dY W^T, W stored (D, F). */
    DX_DY_WT,
    /** dW = dY^T x, W stored (F, D). */
    DW_DYT_X,
    /** dW = x^T dY, W stored (D, F). */
    DW_XT_DY
  }

  @Param({"GPT2_UP", "CHAR_800K_UP", "LLAMA_8B_UP_PROJ_DECODE", "ODD"})
  Layer layer = Layer.ODD;

  @Param({"F32", "BF16"})
  Types types = Types.F32;

  @Param({"Y_X_WT", "DX_DY_W", "DW_DYT_X"})
  Product product = Product.Y_X_WT;

  private final Arena arena = Arena.ofShared();
  private Matrix a = Matrix.of(MemorySegment.NULL, DType.F32, 0, 0);
  private Matrix b = a;
  private Matrix c = a;

  /** Fills the operands, multiplies once, and checks some elements of the product. */
  @Setup
  public void prepare() {
    long M = layer.rows, D = layer.inputs, F = layer.outputs;
    DType type = types.operands;
    switch (product) {
      case Y_X_WT -> operands(random(type, M, D), random(type, F, D).transposed());
      case Y_X_W -> operands(random(type, M, D), random(type, D, F));
      case DX_DY_W -> operands(random(type, M, F), random(type, F, D));
      case DX_DY_WT -> operands(random(type, M, F), random(type, D, F).transposed());
      case DW_DYT_X -> operands(random(type, M, F).transposed(), random(type, M, D));
      case DW_XT_DY -> operands(random(type, M, D).transposed(), random(type, M, F));
    }
    Matmul.multiply(a, b, null, c, false);
    Random random = new Random(2);
    for (int i = 0; i < CHECKED; i++) {
      long row = random.nextLong(c.rows()), col = random.nextLong(c.cols());
      double sum = 0;
      for (long k = 0; k < a.cols(); k++) {
        sum += (double) element(a, row, k) * element(b, k, col);
      }
      double scale = Math.sqrt((double) a.cols()) + Math.abs(sum);
      double tolerance = types.result == DType.F32 ? F32_TOLERANCE : BF16_TOLERANCE;
      Check.close(
          "product (" + row + ", " + col + ")", element(c, row, col), sum, tolerance * scale);
    }
  }

  /** Frees the operands. */
  @TearDown
  public void close() {
    arena.close();
  }

  /** The library of native kernels. */
  @Benchmark
  public void onednn(Flops flops) {
    multiply(flops);
  }

  /** The Vector API. */
  @Benchmark
  @Fork(value = 3, jvmArgsAppend = "-Drapt.matmul=vector")
  public void vector(Flops flops) {
    multiply(flops);
  }

  /** Plain loops. */
  @Benchmark
  @Fork(value = 3, jvmArgsAppend = "-Drapt.matmul=scalar")
  public void scalar(Flops flops) {
    multiply(flops);
  }

  private void multiply(Flops flops) {
    Matmul.multiply(a, b, null, c, false);
    flops.gflops += 2 * a.rows() * a.cols() * b.cols();
  }

  private void operands(Matrix left, Matrix right) {
    a = left;
    b = right;
    long bytes = left.rows() * right.cols() * types.result.byteSize();
    c = Matrix.of(arena.allocate(bytes, 64), types.result, left.rows(), right.cols());
  }

  /** Normally distributed numbers that bf16 represents exactly. */
  private Matrix random(DType type, long rows, long cols) {
    MemorySegment memory = arena.allocate(rows * cols * type.byteSize(), 64);
    Random random = new Random(1);
    long step = type.byteSize() / Short.BYTES;
    for (long i = step - 1; i < memory.byteSize() / Short.BYTES; i += step) {
      int bits = Float.floatToRawIntBits((float) random.nextGaussian());
      memory.setAtIndex(JAVA_SHORT, i, (short) (bits >>> 16));
    }
    return Matrix.of(memory, type, rows, cols);
  }

  private static float element(Matrix m, long row, long col) {
    long i = m.offset() + row * m.rowStride() + col * m.colStride();
    return m.dtype() == DType.F32
        ? m.memory().getAtIndex(ValueLayout.JAVA_FLOAT, i)
        : Bfloat16.toFloat(m.memory().getAtIndex(JAVA_SHORT, i));
  }
}
