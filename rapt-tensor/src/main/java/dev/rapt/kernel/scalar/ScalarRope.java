package dev.rapt.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.rapt.kernel.HeadView;
import dev.rapt.kernel.RopeCall;
import dev.rapt.kernel.RopeKernel;
import java.lang.foreign.MemorySegment;

/** Scalar rotary position embedding (RoPE), pair by pair. */
public final class ScalarRope implements RopeKernel {
  @Override
  public void rotate(HeadView out, HeadView x, RopeCall call, long fromRow, long toRow) {
    int seqLen = call.sizes().seqLen(), headDim = call.sizes().headDim();
    MemorySegment cos = call.angles().cos(), sin = call.angles().sin();
    int pairs = call.angles().pairs();
    boolean interleaved = call.angles().interleaved();
    long step = interleaved ? 2 : 1;
    long distance = interleaved ? 1 : pairs;
    for (long r = fromRow; r < toRow; r++) {
      long angles = (long) call.angles().positions().getAtIndex(JAVA_INT_UNALIGNED, r) * pairs;
      for (int h = 0; h < call.sizes().numHeads(); h++) {
        long from = x.index(r / seqLen, r % seqLen, h, headDim);
        long to = out.index(r / seqLen, r % seqLen, h, headDim);
        for (int i = 0; i < pairs; i++) {
          double c = getFloat(cos, angles + i);
          double s = call.inverse() ? -getFloat(sin, angles + i) : getFloat(sin, angles + i);
          double a = getFloat(x.memory(), from + i * step);
          double b = getFloat(x.memory(), from + i * step + distance);
          setFloat(out.memory(), to + i * step, a * c - b * s);
          setFloat(out.memory(), to + i * step + distance, b * c + a * s);
        }
        for (int e = 2 * pairs; e < headDim; e++) {
          setFloat(out.memory(), to + e, getFloat(x.memory(), from + e));
        }
      }
    }
  }

  private static float getFloat(MemorySegment memory, long index) {
    return memory.getAtIndex(JAVA_FLOAT_UNALIGNED, index);
  }

  private static void setFloat(MemorySegment memory, long index, double value) {
    memory.setAtIndex(JAVA_FLOAT_UNALIGNED, index, (float) value);
  }
}
