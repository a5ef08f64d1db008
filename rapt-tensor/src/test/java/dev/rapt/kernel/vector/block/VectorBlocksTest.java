package dev.rapt.kernel.vector.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.kernel.BlockKernel;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.block.BlockFormat;
import dev.rapt.kernel.scalar.block.ScalarBlocks;
import dev.rapt.kernel.vector.ForcedVectorWidth;
import dev.rapt.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(ForcedVectorWidth.class)
class VectorBlocksTest {
  private static final BlockKernel VECTOR = new VectorBlocks();
  private static final BlockKernel SCALAR = new ScalarBlocks();

  /** Random bytes hold every code, sign, infinity and NaN; sizes end at the last byte. */
  @ParameterizedTest
  @EnumSource
  void valuesAreThoseOfScalarLoops(BlockFormat format) {
    SplittableRandom random = new SplittableRandom(7);
    for (int numBlocks : new int[] {1, 2, 5, 400}) {
      byte[] bytes = new byte[1 + numBlocks * format.blockBytes()]; // not aligned
      random.nextBytes(bytes);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment blocks = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes).asSlice(1);
        long size = (long) Float.BYTES * numBlocks * format.blockValues();
        MemorySegment got = arena.allocate(size), wanted = arena.allocate(size);
        VECTOR.unpack(format, got, blocks, numBlocks);
        SCALAR.unpack(format, wanted, blocks, numBlocks);
        assertThat(got.toArray(ValueLayout.JAVA_FLOAT))
            .containsExactly(wanted.toArray(ValueLayout.JAVA_FLOAT));
      }
    }
  }

  /** One row and several, rows of W that are no multiple of four, parts of a row, and strides. */
  @ParameterizedTest
  @EnumSource
  void productsAreThoseOfUnpackedValues(BlockFormat format) {
    for (int rows : new int[] {1, 2, 3, 5}) {
      checkProduct(format, rows, 7, 256);
      checkProduct(format, rows, 4, 1280);
      checkProduct(format, rows, 1, 2048);
      checkProduct(format, rows, 3, 2816);
    }
  }

  private static void checkProduct(BlockFormat format, int rows, int cols, int inner) {
    SplittableRandom random = new SplittableRandom(rows * 31L + inner);
    try (Arena arena = Arena.ofConfined()) {
      int numBlocks = cols * inner / format.blockValues();
      MemorySegment blocks = moderateBlocks(format, numBlocks, arena, random);
      MemorySegment values = arena.allocate((long) Float.BYTES * cols * inner);
      SCALAR.unpack(format, values, blocks, numBlocks);
      MemorySegment memory = arena.allocate((long) Float.BYTES * rows * (inner + 3));
      for (long i = 0; i < rows * (inner + 3L); i++) {
        memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
      }
      Matrix x = Matrix.of(memory, DType.F32, rows, inner + 3).cols(2, 2 + inner);
      MemorySegment result = arena.allocate((long) Float.BYTES * rows * (cols + 2));
      Matrix out = Matrix.of(result, DType.F32, rows, cols + 2).cols(1, 1 + cols);
      VECTOR.multiply(format, x, blocks, out);
      for (int m = 0; m < rows; m++) {
        for (int n = 0; n < cols; n++) {
          double sum = 0;
          double size = 0;
          for (int k = 0; k < inner; k++) {
            double product =
                (double) memory.getAtIndex(ValueLayout.JAVA_FLOAT, m * (inner + 3L) + 2 + k)
                    * values.getAtIndex(ValueLayout.JAVA_FLOAT, (long) n * inner + k);
            sum += product;
            size += Math.abs(product);
          }
          assertThat((double) result.getAtIndex(ValueLayout.JAVA_FLOAT, m * (cols + 2L) + 1 + n))
              .as("%s: %d x %d, row %d, column %d", format, rows, inner, m, n)
              .isCloseTo(sum, within(1e-5 * size));
        }
        assertThat(result.getAtIndex(ValueLayout.JAVA_FLOAT, m * (cols + 2L))).isZero();
        assertThat(result.getAtIndex(ValueLayout.JAVA_FLOAT, m * (cols + 2L) + cols + 1)).isZero();
      }
    }
  }

  /** Random blocks whose values are finite and of moderate size. */
  private static MemorySegment moderateBlocks(
      BlockFormat format, int numBlocks, Arena arena, SplittableRandom random) {
    MemorySegment blocks = arena.allocate((long) numBlocks * format.blockBytes());
    MemorySegment values = arena.allocate((long) Float.BYTES * format.blockValues());
    byte[] bytes = new byte[format.blockBytes()];
    for (int b = 0; b < numBlocks; ) {
      random.nextBytes(bytes);
      MemorySegment block =
          blocks
              .asSlice((long) b * bytes.length, bytes.length)
              .copyFrom(MemorySegment.ofArray(bytes));
      SCALAR.unpack(format, values, block, 1);
      boolean isModerate = true;
      for (float value : values.toArray(ValueLayout.JAVA_FLOAT)) {
        isModerate &= Math.abs(value) < 1e4;
      }
      b += isModerate ? 1 : 0;
    }
    return blocks;
  }

  @Test
  void valuesAreAlsoUnpackedToArrays() {
    byte[] block = new byte[BlockFormat.Q8_0.blockBytes()];
    block[1] = 0x3c; // a scale of 1 in half precision
    block[2] = 5;
    float[] values = new float[BlockFormat.Q8_0.blockValues()];
    VECTOR.unpack(BlockFormat.Q8_0, MemorySegment.ofArray(values), MemorySegment.ofArray(block), 1);
    assertThat(values[0]).isEqualTo(5);
  }

  @Test
  void memoryThatIsTooSmallOrGoneIsRefused() {
    MemorySegment gone;
    try (Arena arena = Arena.ofConfined()) {
      gone = arena.allocate(1024);
      MemorySegment small = arena.allocate(17);
      MemorySegment out = arena.allocate(1024);
      assertThatThrownBy(() -> VECTOR.unpack(BlockFormat.Q4_0, out, small, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("at least 18 bytes");
    }
    MemorySegment closed = gone;
    assertThatThrownBy(() -> VECTOR.unpack(BlockFormat.Q4_0, closed, closed, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }
}
