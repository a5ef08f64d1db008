package dev.rapt.kernel.vector.block;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.kernel.block.BlockFormat;
import dev.rapt.kernel.block.BlockKernel;
import dev.rapt.kernel.scalar.block.ScalarBlocks;
import dev.rapt.kernel.vector.ForcedVectorWidth;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
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
}
