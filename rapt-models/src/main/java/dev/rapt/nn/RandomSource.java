package dev.rapt.nn;

import dev.rapt.kernel.Workers;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.zip.CRC32C;

/**
 * Randomly initialised parameters. Each block of a parameter has its own random generator, seeded
 * by the seed, the parameter's name and the block, so that values depend neither on the order of
 * construction nor on the number of threads.
 */
public final class RandomSource implements ParameterSource {
  /** Number of values that one random generator draws. */
  public static final long BLOCK_ELEMENTS = 1 << 16;

  private final Parameters parameters;
  private final long seed;
  private final String path;

  /** Creates a source that adds its parameters to this set. */
  public RandomSource(Parameters parameters, long seed) {
    this(parameters, seed, "");
  }

  private RandomSource(Parameters parameters, long seed, String path) {
    this.parameters = parameters;
    this.seed = seed;
    this.path = path;
  }

  @Override
  public ParameterSource at(String name) {
    return new RandomSource(parameters, seed, path + name + ".");
  }

  @Override
  public Tensor constant(float[] values, long... shape) {
    return parameters.scope().floats(values, shape);
  }

  @Override
  public boolean has(String name) {
    return true;
  }

  @Override
  public Parameter get(String name, Init init, long... shape) {
    String fullName = path + name;
    Parameter present = parameters.get(fullName);
    if (present != null) {
      return present;
    }
    Tensor value = parameters.scope().empty(DType.F32, shape);
    fill(value.memory(), new Draw(fullName, init, value.shape()), seed, 0);
    return parameters.addRandom(new Parameter(fullName, value));
  }

  /**
   * What is drawn for a parameter.
   *
   * @param name its full name
   * @param init how it is initialised
   * @param shape its shape
   */
  public record Draw(String name, Init init, Shape shape) {}

  /**
   * Fills memory with values of a parameter, as many as fit, as {@link #get} draws them for this
   * seed.
   *
   * @param out f32
   * @param from index of the first value, a multiple of {@link #BLOCK_ELEMENTS}
   */
  public static void fill(MemorySegment out, Draw draw, long seed, long from) {
    switch (draw.init) {
      case Init.Constant(float constant) -> {
        for (long i = 0; i < out.byteSize() / Float.BYTES; i++) {
          out.setAtIndex(ValueLayout.JAVA_FLOAT, i, constant);
        }
      }
      case Init.Normal(double std) ->
          fill(out, draw.name, seed, from, random -> random.nextGaussian() * std);
      case Init.GlorotUniform() -> {
        double bound = Math.sqrt(6.0 / (draw.shape.dim(0) + draw.shape.dim(1)));
        fill(out, draw.name, seed, from, random -> random.nextDouble(-bound, bound));
      }
    }
  }

  private static void fill(
      MemorySegment out,
      String name,
      long seed,
      long from,
      ToDoubleFunction<SplittableRandom> element) {
    long n = out.byteSize() / Float.BYTES;
    long nameHash = hash(name);
    long firstBlock = from / BLOCK_ELEMENTS;
    int blocks = Math.toIntExact((n + BLOCK_ELEMENTS - 1) / BLOCK_ELEMENTS);
    Workers.shared()
        .run(
            blocks,
            block -> {
              SplittableRandom random =
                  new SplittableRandom(seed * 0x9E3779B97F4A7C15L + nameHash + firstBlock + block);
              long to = Math.min(n, (block + 1) * BLOCK_ELEMENTS);
              for (long i = block * BLOCK_ELEMENTS; i < to; i++) {
                out.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) element.applyAsDouble(random));
              }
            });
  }

  private static long hash(String name) {
    CRC32C crc = new CRC32C();
    crc.update(name.getBytes(StandardCharsets.UTF_8));
    return crc.getValue() << 24;
  }
}
