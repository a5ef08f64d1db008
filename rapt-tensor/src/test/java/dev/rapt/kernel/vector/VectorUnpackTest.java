package dev.rapt.kernel.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.kernel.FourBitCode;
import dev.rapt.kernel.UnpackKernel;
import dev.rapt.kernel.scalar.ScalarUnpack;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(ForcedVectorWidth.class)
class VectorUnpackTest {
  private static final UnpackKernel VECTOR = new VectorUnpack();
  private static final UnpackKernel SCALAR = new ScalarUnpack();

  private final Arena arena = Arena.ofConfined();
  private final SplittableRandom random = new SplittableRandom(3);

  @AfterEach
  void close() {
    arena.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 256, 1000})
  void blocksOfFourBitsAreThoseOfScalarLoops(int numBlocks) {
    MemorySegment blocks = bytes(16 * numBlocks);
    MemorySegment scales = bytes(numBlocks);
    for (int i = 0; i < Math.min(256, numBlocks); i++) {
      scales.set(ValueLayout.JAVA_BYTE, i, (byte) i); // every power, and NaN
    }
    MemorySegment got = floats(32 * numBlocks), wanted = floats(32 * numBlocks);
    VECTOR.mxFp4(got, blocks, scales, numBlocks);
    SCALAR.mxFp4(wanted, blocks, scales, numBlocks);
    assertSame(got, wanted);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 256})
  void blocksOfCodesAreThoseOfScalarLoops(int numBlocks) {
    MemorySegment codes = bytes(32 * numBlocks);
    MemorySegment scales = floats(numBlocks);
    for (int i = 0; i < numBlocks; i++) {
      scales.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    for (FourBitCode code : FourBitCode.values()) {
      MemorySegment got = floats(64 * numBlocks), wanted = floats(64 * numBlocks);
      VECTOR.fourBits(got, code, codes, scales, numBlocks);
      SCALAR.fourBits(wanted, code, codes, scales, numBlocks);
      assertSame(got, wanted);
    }
  }

  @Test
  void everyPatternOfEightBitsIsThatOfScalarLoops() {
    MemorySegment patterns = arena.allocate(256);
    for (int i = 0; i < 256; i++) {
      patterns.set(ValueLayout.JAVA_BYTE, i, (byte) i);
    }
    checkFloat8(patterns, 1, 256);
    checkFloat8(patterns, 0x1.234p-9f, 256);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 7, 13, 64, 207, 4098})
  void floatsOfEightBitsAreThoseOfScalarLoopsForOddSizes(int n) {
    checkFloat8(bytes(n), -0.37f, n);
  }

  private void checkFloat8(MemorySegment x, float scale, int n) {
    MemorySegment got = floats(n), wanted = floats(n);
    VECTOR.float8(got, x, scale, n);
    SCALAR.float8(wanted, x, scale, n);
    assertSame(got, wanted);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 8, 16, 32, 40, 64, 136, 4096, 8 * 207})
  void integersAreThoseOfScalarLoops(int n) {
    for (int bits : new int[] {2, 3, 4, 8}) {
      for (int groupSize : new int[] {8, 32, 128, 5000}) {
        for (int more : new int[] {0, 1, 64}) {
          checkIntegers(new UnpackKernel.Integers(bits, false, groupSize), n, more);
          checkIntegers(new UnpackKernel.Integers(bits, true, groupSize), n, more);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 13, 207})
  void anyNumberOfIntegersIsUnpacked(int n) {
    checkIntegers(new UnpackKernel.Integers(4, true, n), n, 0);
    checkIntegers(new UnpackKernel.Integers(8, false, 4), n, 0);
  }

  private void checkIntegers(UnpackKernel.Integers format, int n, int more) {
    int numGroups = Math.ceilDiv(n, (int) format.groupSize());
    MemorySegment x = bytes(Math.ceilDiv(n * format.bits(), 8) + more);
    MemorySegment scales = floats(numGroups);
    for (int i = 0; i < numGroups; i++) {
      scales.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    for (MemorySegment zeros : new MemorySegment[] {null, bytes(numGroups)}) {
      MemorySegment got = floats(n), wanted = floats(n);
      VECTOR.integers(got, x, format, scales, zeros, n);
      SCALAR.integers(wanted, x, format, scales, zeros, n);
      assertSame(got, wanted);
    }
  }

  @Test
  void integersAreReadFromTheLowestBits() {
    long packed = 0b111_110_101_100_011_010_001_000L;
    MemorySegment x = arena.allocateFrom(ValueLayout.JAVA_LONG, packed);
    MemorySegment scale = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 2f);
    MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 1);
    UnpackKernel.Integers unsigned = new UnpackKernel.Integers(3, false, 8);
    UnpackKernel.Integers signed = new UnpackKernel.Integers(3, true, 8);
    for (UnpackKernel kernel : new UnpackKernel[] {VECTOR, SCALAR}) {
      MemorySegment got = floats(8);
      kernel.integers(got, x, unsigned, scale, one, 8);
      assertThat(got.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(-2, 0, 2, 4, 6, 8, 10, 12);
      kernel.integers(got, x, unsigned, scale, null, 8);
      assertThat(got.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(-8, -6, -4, -2, 0, 2, 4, 6);
      kernel.integers(got, x, signed, scale, null, 8);
      assertThat(got.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(0, 2, 4, 6, -8, -6, -4, -2);
    }
  }

  private MemorySegment bytes(int n) {
    byte[] values = new byte[n];
    random.nextBytes(values);
    return arena.allocate(Math.max(1, n)).asSlice(0, n).copyFrom(MemorySegment.ofArray(values));
  }

  private MemorySegment floats(int n) {
    return arena.allocate(Math.max(1, 4L * n), 4).asSlice(0, 4L * n);
  }

  /** To the bit, but for the bits of NaN. */
  private static void assertSame(MemorySegment got, MemorySegment wanted) {
    assertThat(got.toArray(ValueLayout.JAVA_FLOAT))
        .containsExactly(wanted.toArray(ValueLayout.JAVA_FLOAT));
  }
}
