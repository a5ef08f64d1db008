package dev.rapt.nn;

import dev.rapt.kernel.Workers;
import dev.rapt.tensor.DType;
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
  private static final long BLOCK_ELEMENTS = 1 << 16;

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
    switch (init) {
      case Init.Constant(float constant) -> fill(value, constant);
      case Init.Normal(double std) ->
          draw(value, hash(fullName), random -> random.nextGaussian() * std);
      case Init.GlorotUniform() -> {
        double bound = Math.sqrt(6.0 / (value.dim(0) + value.dim(1)));
        draw(value, hash(fullName), random -> random.nextDouble(-bound, bound));
      }
    }
    return parameters.addRandom(new Parameter(fullName, value));
  }

  private static void fill(Tensor value, float constant) {
    for (long i = 0; i < value.numElements(); i++) {
      value.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, constant);
    }
  }

  private void draw(Tensor value, long nameHash, ToDoubleFunction<SplittableRandom> element) {
    long n = value.numElements();
    int blocks = Math.toIntExact((n + BLOCK_ELEMENTS - 1) / BLOCK_ELEMENTS);
    MemorySegment memory = value.memory();
    Workers.shared()
        .run(
            blocks,
            block -> {
              SplittableRandom random =
                  new SplittableRandom(seed * 0x9E3779B97F4A7C15L + nameHash + block);
              long to = Math.min(n, (block + 1) * BLOCK_ELEMENTS);
              for (long i = block * BLOCK_ELEMENTS; i < to; i++) {
                memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) element.applyAsDouble(random));
              }
            });
  }

  private static long hash(String name) {
    CRC32C crc = new CRC32C();
    crc.update(name.getBytes(StandardCharsets.UTF_8));
    return crc.getValue() << 24;
  }
}
