package dev.rapt.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The keys or values of one sequence in pages of equal size, which lie anywhere in memory. Position
 * t is row {@code t % pageSize} of page {@code t / pageSize}; a row holds the heads one after
 * another. PagedAttention, arXiv:2309.06180, section 4.1.
 *
 * @param pages memory of each page; null where no query sees its positions any more
 * @param pageSize positions of a page
 * @param format of the elements
 * @param numHeads G
 * @param headDim width of a head
 */
@SuppressWarnings("ArrayRecordComponent") // a view of memory, never compared
public record PageView(
    @Nullable MemorySegment[] pages, int pageSize, PageFormat format, int numHeads, int headDim)
    implements KeyView {

  /** Bytes of a page of these sizes. */
  public static long pageBytes(int pageSize, PageFormat format, int numHeads, int headDim) {
    return pageSize * numHeads * format.headBytes(headDim);
  }

  /** The page that holds position t. */
  public MemorySegment page(long t) {
    return Objects.requireNonNull(pages[(int) (t / pageSize)]);
  }

  /** Byte in its page at which head h of position t begins. */
  public long offset(long t, long h) {
    return (t % pageSize * numHeads + h) * format.headBytes(headDim);
  }

  @Override
  public float element(long b, long t, long h, long width, long e) {
    MemorySegment page = page(t);
    long offset = offset(t, h);
    return switch (format) {
      case F32 -> page.get(JAVA_FLOAT_UNALIGNED, offset + 4 * e);
      case BF16 -> Bfloat16.toFloat(page.get(JAVA_SHORT_UNALIGNED, offset + 2 * e));
      case INT8 ->
          page.get(JAVA_FLOAT_UNALIGNED, offset) * page.get(JAVA_BYTE, offset + Float.BYTES + e);
    };
  }

  /**
   * Writes all heads of position t.
   *
   * @param x f32, the elements of the heads from {@code index} on
   */
  public void write(long t, MemorySegment x, long index) {
    MemorySegment page = page(t);
    for (int h = 0; h < numHeads; h++) {
      writeHead(page, offset(t, h), x, index + (long) h * headDim);
    }
  }

  private void writeHead(MemorySegment page, long offset, MemorySegment x, long index) {
    switch (format) {
      case F32 -> MemorySegment.copy(x, 4 * index, page, offset, 4L * headDim);
      case BF16 -> {
        for (int e = 0; e < headDim; e++) {
          short half = Bfloat16.fromFloat(x.getAtIndex(JAVA_FLOAT_UNALIGNED, index + e));
          page.set(JAVA_SHORT_UNALIGNED, offset + 2L * e, half);
        }
      }
      case INT8 -> {
        float most = 0;
        for (int e = 0; e < headDim; e++) {
          most = Math.max(most, Math.abs(x.getAtIndex(JAVA_FLOAT_UNALIGNED, index + e)));
        }
        float inverse = most == 0 ? 0 : Byte.MAX_VALUE / most;
        page.set(JAVA_FLOAT_UNALIGNED, offset, most / Byte.MAX_VALUE);
        for (int e = 0; e < headDim; e++) {
          float scaled = x.getAtIndex(JAVA_FLOAT_UNALIGNED, index + e) * inverse;
          page.set(JAVA_BYTE, offset + Float.BYTES + e, (byte) Math.rint(scaled));
        }
      }
    }
  }
}
