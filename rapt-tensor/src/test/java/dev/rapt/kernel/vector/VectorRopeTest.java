package dev.rapt.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.rapt.kernel.Floats;
import dev.rapt.kernel.HeadView;
import dev.rapt.kernel.RopeCall;
import dev.rapt.kernel.RopeKernel;
import dev.rapt.kernel.scalar.ScalarRope;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(ForcedVectorWidth.class)
final class VectorRopeTest {
  private static final int B = 2, T = 3;

  @ParameterizedTest
  @CsvSource({"1, 2, 1", "2, 8, 3", "3, 13, 6", "2, 64, 32", "1, 80, 16", "2, 128, 64", "1, 20, 9"})
  void matchesScalar(int heads, int headDim, int pairs) {
    MemorySegment positions = Arena.ofAuto().allocate(4L * B * T, 4);
    for (int r = 0; r < B * T; r++) {
      positions.setAtIndex(JAVA_INT, r, (5 * r) % 7);
    }
    MemorySegment cos = Floats.normal(1, 7 * pairs, 1), sin = Floats.normal(2, 7 * pairs, 1);
    int stride = heads * headDim + 3;
    for (int options = 0; options < 8; options++) {
      boolean interleaved = (options & 1) != 0, inverse = (options & 2) != 0;
      boolean inPlace = (options & 4) != 0;
      MemorySegment[] results = new MemorySegment[2];
      RopeKernel[] kernels = {new VectorRope(), new ScalarRope()};
      for (int k = 0; k < 2; k++) {
        MemorySegment x = Floats.normal(3, 1 + B * T * stride, 1);
        results[k] = inPlace ? x : Floats.zeros(1 + B * T * stride);
        HeadView from = new HeadView(x, 1, (long) T * stride, stride);
        HeadView to = new HeadView(results[k], 1, (long) T * stride, stride);
        kernels[k].rotate(
            to,
            from,
            new RopeCall(
                new RopeCall.Sizes(T, heads, headDim),
                new RopeCall.Angles(cos, sin, positions, pairs, interleaved),
                inverse),
            1,
            B * T);
      }
      Floats.assertClose("rope", results[0], results[1], 1e-6, 1e-6);
    }
  }
}
