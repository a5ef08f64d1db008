package dev.rapt.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.kernel.HeadView;
import dev.rapt.kernel.RopeCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

final class ScalarRopeTest {
  private final Arena arena = Arena.ofAuto();

  @Test
  void quarterTurnOfEachLayout() {
    // One head of width 5 at position 1 of the table, two pairs, both turned by 90 degrees.
    assertThat(rotate(false, false, 1, 2, 3, 4, 5)).containsExactly(-3, -4, 1, 2, 5);
    assertThat(rotate(true, false, 1, 2, 3, 4, 5)).containsExactly(-2, 1, -4, 3, 5);
    assertThat(rotate(false, true, 1, 2, 3, 4, 5)).containsExactly(3, 4, -1, -2, 5);
  }

  private float[] rotate(boolean interleaved, boolean inverse, float... values) {
    MemorySegment x = floats(values);
    MemorySegment out = arena.allocate(x.byteSize(), 4);
    MemorySegment positions = arena.allocate(4, 4);
    positions.set(JAVA_INT, 0, 1);
    new ScalarRope()
        .rotate(
            new HeadView(out, 0, 5, 5),
            new HeadView(x, 0, 5, 5),
            new RopeCall(
                new RopeCall.Sizes(1, 1, 5),
                new RopeCall.Angles(
                    floats(1, 1, 0, 0), floats(0, 0, 1, 1), positions, 2, interleaved),
                inverse),
            0,
            1);
    return out.toArray(JAVA_FLOAT);
  }

  @Test
  void inverseUndoesRotationInPlace() {
    float angle = 0.7f;
    MemorySegment x = floats(1, -2, 3, 0.5f, 4, 5, 6, 7);
    HeadView view = new HeadView(x, 0, 8, 4);
    MemorySegment cos = floats((float) Math.cos(angle), (float) Math.cos(2));
    MemorySegment sin = floats((float) Math.sin(angle), (float) Math.sin(2));
    MemorySegment positions = arena.allocate(8, 4);
    ScalarRope rope = new ScalarRope();
    RopeCall.Sizes sizes = new RopeCall.Sizes(2, 1, 4);
    RopeCall.Angles angles = new RopeCall.Angles(cos, sin, positions, 2, true);
    rope.rotate(view, view, new RopeCall(sizes, angles, false), 0, 2);
    rope.rotate(view, view, new RopeCall(sizes, angles, true), 0, 2);
    float[] got = x.toArray(JAVA_FLOAT), want = {1, -2, 3, 0.5f, 4, 5, 6, 7};
    for (int i = 0; i < want.length; i++) {
      assertThat(got[i]).isCloseTo(want[i], within(1e-6f));
    }
  }

  private MemorySegment floats(float... values) {
    MemorySegment memory = arena.allocate(4L * values.length, 4);
    MemorySegment.copy(values, 0, memory, JAVA_FLOAT, 0, values.length);
    return memory;
  }
}
