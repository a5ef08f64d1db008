package dev.rapt.bench;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.Matmul;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Workers;
import dev.rapt.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Speed of the products that a linear layer of a training step needs, on all workers, in GFLOP/s of
 * wall time (median of the calls): as they lie in memory, and, where an operand is transposed, with
 * that copied to row-major order by one thread first, the copy included in the time.
 */
public final class MatmulSpeed {
  private MatmulSpeed() {}

  /** Rows, inputs and outputs of a linear layer. */
  private record Layer(String name, long rows, long inputs, long outputs) {}

  private static final Layer[] LAYERS = {
    new Layer("GPT2_QKV", 1024, 768, 2304),
    new Layer("GPT2_OUT", 1024, 768, 768),
    new Layer("GPT2_UP", 1024, 768, 3072),
    new Layer("GPT2_DOWN", 1024, 3072, 768),
    new Layer("GPT2_HEAD", 160, 768, 50257),
    new Layer("CHAR_10M_UP", 16384, 384, 1536),
    new Layer("CHAR_10M_DOWN", 16384, 1536, 384),
    new Layer("CHAR_800K_QKV", 768, 128, 384),
    new Layer("CHAR_800K_OUT", 768, 128, 128),
    new Layer("CHAR_800K_UP", 768, 128, 512),
    new Layer("CHAR_800K_DOWN", 768, 512, 128),
    new Layer("CHAR_800K_HEAD", 768, 128, 65),
  };

  /** Arguments: seconds for each measurement (default 0.3), then names of layers (default all). */
  public static void main(String[] args) {
    double seconds = args.length > 0 ? Double.parseDouble(args[0]) : 0.3;
    List<String> names = List.of(args).subList(Math.min(1, args.length), args.length);
    System.out.println(Matmul.name() + ", " + Workers.shared().numThreads() + " threads");
    for (Layer layer : LAYERS) {
      if (names.isEmpty() || names.contains(layer.name)) {
        measure(layer, DType.F32, DType.F32, seconds);
        measure(layer, DType.BF16, DType.BF16, seconds);
        measure(layer, DType.BF16, DType.F32, seconds);
      }
    }
  }

  private static void measure(Layer layer, DType type, DType result, double seconds) {
    long M = layer.rows, K = layer.inputs, N = layer.outputs;
    try (Arena arena = Arena.ofShared()) {
      Matrix x = matrix(arena, type, M, K);
      Matrix dY = matrix(arena, type, M, N);
      Matrix outputMajor = matrix(arena, type, N, K);
      Matrix inputMajor = matrix(arena, type, K, N);
      Matrix y = matrix(arena, result, M, N);
      Matrix dX = matrix(arena, result, M, K);
      System.out.printf(
          "%-15s %s->%s  y=xW' %s  y=xW %s  dx=dyW %s  dx=dyW' %s  dW=dy'x %s  dW=x'dy %s%n",
          layer.name,
          type.label(),
          result.label(),
          speeds(arena, x, outputMajor.transposed(), y, seconds),
          speeds(arena, x, inputMajor, y, seconds),
          speeds(arena, dY, outputMajor, dX, seconds),
          speeds(arena, dY, inputMajor.transposed(), dX, seconds),
          speeds(arena, dY.transposed(), x, matrix(arena, result, N, K), seconds),
          speeds(arena, x.transposed(), dY, matrix(arena, result, K, N), seconds));
    }
  }

  /** In place and, if an operand is transposed, with a copy of it. */
  private static String speeds(Arena arena, Matrix a, Matrix b, Matrix c, double seconds) {
    double inPlace = speed(() -> Matmul.multiply(a, b, null, c, false), a, c, seconds);
    if (a.colStride() == 1 && b.colStride() == 1) {
      return "%4.0f     ".formatted(inPlace);
    }
    Matrix copyA = a.colStride() == 1 ? a : matrix(arena, a.dtype(), a.rows(), a.cols());
    Matrix copyB = b.colStride() == 1 ? b : matrix(arena, b.dtype(), b.rows(), b.cols());
    Runnable copying =
        () -> {
          copy(copyA, a);
          copy(copyB, b);
          Matmul.multiply(copyA, copyB, null, c, false);
        };
    return "%4.0f %4.0f".formatted(inPlace, speed(copying, a, c, seconds));
  }

  private static void copy(Matrix copy, Matrix m) {
    if (!copy.equals(m)) {
      KernelChoice.kernels()
          .elementwise()
          .transpose(copy.memory(), m.memory(), m.dtype().byteSize(), m.cols(), m.rows());
    }
  }

  private static double speed(Runnable product, Matrix a, Matrix c, double seconds) {
    double work = 2.0 * a.rows() * a.cols() * c.cols();
    product.run();
    product.run();
    double[] speeds = new double[1 << 16];
    int count = 0;
    long end = System.nanoTime() + Math.round(seconds * 1e9);
    do {
      long start = System.nanoTime();
      product.run();
      speeds[count++] = work / (System.nanoTime() - start);
    } while (count < speeds.length && (count < 3 || System.nanoTime() < end));
    Arrays.sort(speeds, 0, count);
    return speeds[count / 2];
  }

  /** Filled with numbers of moderate size in either type. */
  private static Matrix matrix(Arena arena, DType type, long rows, long cols) {
    MemorySegment memory = arena.allocate(rows * cols * type.byteSize(), 64);
    Random random = new Random(1);
    for (long i = 0; i < memory.byteSize() / Short.BYTES; i++) {
      int bits = Float.floatToRawIntBits((float) random.nextGaussian());
      memory.setAtIndex(JAVA_SHORT, i, (short) (bits >>> 16));
    }
    return Matrix.of(memory, type, rows, cols);
  }
}
