package dev.rapt.kernel.vector;

import static dev.rapt.kernel.vector.math.VectorMath.FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.rapt.kernel.HeadView;
import dev.rapt.kernel.RopeCall;
import dev.rapt.kernel.RopeCall.Angles;
import dev.rapt.kernel.RopeKernel;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * Rotary position embedding (RoPE) in the Vector API. Half-split pairs are loaded as two vectors.
 * Interleaved pairs stay in their lanes: each lane is x cos + y (-sin or sin), where y is x with
 * neighbouring lanes exchanged.
 */
public final class VectorRope implements RopeKernel {
  private static final ByteOrder NATIVE = ByteOrder.nativeOrder();
  private static final int LANES = FLOAT.length();

  /** Shuffles in which lane i takes lane i ^ 1, lane i / 2, and lane (i + LANES) / 2. */
  private static final VectorShuffle<Float> NEIGHBOUR = VectorShuffle.fromOp(FLOAT, i -> i ^ 1);

  private static final VectorShuffle<Float> TWICE_LOW = VectorShuffle.fromOp(FLOAT, i -> i / 2);
  private static final VectorShuffle<Float> TWICE_HIGH =
      VectorShuffle.fromOp(FLOAT, i -> (i + LANES) / 2);

  private static final VectorMask<Float> EVEN =
      VectorMask.fromLong(FLOAT, 0x5555_5555_5555_5555L & (-1L >>> (64 - LANES)));

  @Override
  public void rotate(HeadView out, HeadView x, RopeCall call, long fromRow, long toRow) {
    int seqLen = call.sizes().seqLen(), headDim = call.sizes().headDim();
    Angles angles = call.angles();
    int pairs = angles.pairs();
    float sign = call.inverse() ? -1 : 1;
    for (long r = fromRow; r < toRow; r++) {
      long angle = (long) angles.positions().getAtIndex(JAVA_INT_UNALIGNED, r) * pairs;
      for (int h = 0; h < call.sizes().numHeads(); h++) {
        long to = out.index(r / seqLen, r % seqLen, h, headDim);
        long from = x.index(r / seqLen, r % seqLen, h, headDim);
        if (angles.interleaved()) {
          rotateInterleaved(out.memory(), to, x.memory(), from, angles, angle, sign);
        } else {
          rotateHalves(out.memory(), to, x.memory(), from, angles, angle, sign);
        }
        int rotated = 2 * pairs;
        MemorySegment.copy(
            x.memory(),
            4 * (from + rotated),
            out.memory(),
            4 * (to + rotated),
            4L * (headDim - rotated));
      }
    }
  }

  private static void rotateHalves(
      MemorySegment out,
      long to,
      MemorySegment x,
      long from,
      Angles angles,
      long angle,
      float sign) {
    MemorySegment cos = angles.cos(), sin = angles.sin();
    int pairs = angles.pairs();
    int i = 0;
    for (int bound = FLOAT.loopBound(pairs); i < bound; i += LANES) {
      FloatVector a = load(x, from + i), b = load(x, from + pairs + i);
      FloatVector c = load(cos, angle + i), s = load(sin, angle + i).mul(sign);
      a.mul(c).sub(b.mul(s)).intoMemorySegment(out, 4 * (to + i), NATIVE);
      b.mul(c).add(a.mul(s)).intoMemorySegment(out, 4 * (to + pairs + i), NATIVE);
    }
    for (; i < pairs; i++) {
      float c = cos.getAtIndex(JAVA_FLOAT_UNALIGNED, angle + i);
      float s = sin.getAtIndex(JAVA_FLOAT_UNALIGNED, angle + i) * sign;
      rotatePair(out, to + i, x, from + i, pairs, c, s);
    }
  }

  private static void rotateInterleaved(
      MemorySegment out,
      long to,
      MemorySegment x,
      long from,
      Angles angles,
      long angle,
      float sign) {
    MemorySegment cos = angles.cos(), sin = angles.sin();
    int pairs = angles.pairs();
    FloatVector signs = FloatVector.broadcast(FLOAT, sign).blend(-sign, EVEN);
    int i = 0;
    for (int bound = FLOAT.loopBound(pairs); i < bound; i += LANES) {
      FloatVector c = load(cos, angle + i), s = load(sin, angle + i);
      FloatVector first = load(x, from + 2L * i), second = load(x, from + 2L * i + LANES);
      first
          .mul(c.rearrange(TWICE_LOW))
          .add(first.rearrange(NEIGHBOUR).mul(s.rearrange(TWICE_LOW).mul(signs)))
          .intoMemorySegment(out, 4 * (to + 2L * i), NATIVE);
      second
          .mul(c.rearrange(TWICE_HIGH))
          .add(second.rearrange(NEIGHBOUR).mul(s.rearrange(TWICE_HIGH).mul(signs)))
          .intoMemorySegment(out, 4 * (to + 2L * i + LANES), NATIVE);
    }
    for (; i < pairs; i++) {
      float c = cos.getAtIndex(JAVA_FLOAT_UNALIGNED, angle + i);
      float s = sin.getAtIndex(JAVA_FLOAT_UNALIGNED, angle + i) * sign;
      rotatePair(out, to + 2L * i, x, from + 2L * i, 1, c, s);
    }
  }

  private static void rotatePair(
      MemorySegment out, long to, MemorySegment x, long from, int distance, float c, float s) {
    float a = x.getAtIndex(JAVA_FLOAT_UNALIGNED, from);
    float b = x.getAtIndex(JAVA_FLOAT_UNALIGNED, from + distance);
    out.setAtIndex(JAVA_FLOAT_UNALIGNED, to, a * c - b * s);
    out.setAtIndex(JAVA_FLOAT_UNALIGNED, to + distance, b * c + a * s);
  }

  private static FloatVector load(MemorySegment memory, long index) {
    return FloatVector.fromMemorySegment(FLOAT, memory, 4 * index, NATIVE);
  }
}
