package dev.rapt.quant;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.rapt.kernel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * From the layouts in which GPTQ and AWQ pack integers to that of {@link PackedIntegers}. Both
 * store the matrix of a linear layer input by input, while products read it output by output.
 */
public final class IntegerLayouts {
  /** Words of a row of the source that are moved together: a cache line. */
  private static final int TILE = 16;

  /** Output j of 8 is the integer ORDER[j] of a word of AWQ, counted from the lowest bits. */
  private static final int[] AWQ_ORDER = {0, 4, 1, 5, 2, 6, 3, 7};

  private IntegerLayouts() {}

  /**
   * Transposes a matrix of 32-bit words, on all worker threads. In GPTQ a word holds consecutive
   * inputs of one output.
   *
   * @param out (cols, rows), written
   * @param in (rows, cols)
   */
  public static void transposeWords(MemorySegment out, MemorySegment in, long rows, long cols) {
    Workers.shared()
        .forRange(
            Math.ceilDiv(cols, (long) TILE),
            1,
            (first, last) -> {
              long end = Math.min(cols, last * TILE);
              for (long from = first * TILE; from < end; from += TILE) {
                transposeColumns(out, in, rows, cols, from, Math.min(end, from + TILE));
              }
            });
  }

  private static void transposeColumns(
      MemorySegment out, MemorySegment in, long rows, long cols, long from, long to) {
    for (long r = 0; r < rows; r++) {
      for (long c = from; c < to; c++) {
        int word = in.getAtIndex(JAVA_INT_UNALIGNED, r * cols + c);
        out.setAtIndex(JAVA_INT_UNALIGNED, c * rows + r, word);
      }
    }
  }

  /**
   * Transposes a matrix of AWQ, of whose words each holds 8 outputs of one input in an order of its
   * own (AutoAWQ, awq/utils/packing_utils.py), on all worker threads.
   *
   * @param out (outputs, inputs / 8) words of 8 inputs, written
   * @param in (inputs, outputs / 8) words
   * @param inputs a multiple of 8
   * @param outputs a multiple of 8
   */
  public static void fromAwq(MemorySegment out, MemorySegment in, long inputs, long outputs) {
    long inWords = outputs / 8;
    long outWords = inputs / 8;
    Workers.shared()
        .forRange(
            inWords,
            1,
            (from, to) -> {
              int[] block = new int[8];
              for (long k = 0; k < outWords; k++) {
                for (long n = from; n < to; n++) {
                  for (int i = 0; i < 8; i++) {
                    block[i] = in.getAtIndex(JAVA_INT_UNALIGNED, (8 * k + i) * inWords + n);
                  }
                  transpose(block);
                  for (int j = 0; j < 8; j++) {
                    int word = block[AWQ_ORDER[j]];
                    out.setAtIndex(JAVA_INT_UNALIGNED, (8 * n + j) * outWords + k, word);
                  }
                }
              }
            });
  }

  /**
   * Transposes 8 words of 8 integers of 4 bits: swaps quarters, then quarters of these. Warren,
   * Hacker's Delight, section 7-3.
   */
  private static void transpose(int[] words) {
    int mask = 0x0000ffff;
    for (int half = 4; half > 0; half /= 2) {
      int shift = 4 * half;
      for (int i = 0; i < 8; i = (i + half + 1) & ~half) {
        int swapped = ((words[i] >>> shift) ^ words[i + half]) & mask;
        words[i + half] ^= swapped;
        words[i] ^= swapped << shift;
      }
      mask ^= mask << (shift / 2);
    }
  }

  /**
   * Writes the transpose of a matrix of bytes.
   *
   * @param out (columns, rows), written
   * @param in of each row a byte for each column
   */
  public static void transposeBytes(MemorySegment out, byte[][] in) {
    for (int r = 0; r < in.length; r++) {
      for (int c = 0; c < in[r].length; c++) {
        out.set(JAVA_BYTE, (long) c * in.length + r, in[r][c]);
      }
    }
  }

  /**
   * Unpacks unsigned integers of one row of words, packed without gaps from the lowest bits.
   *
   * @param in the words of the row
   * @param plus added to each word
   */
  public static byte[] unpackRow(MemorySegment in, int bits, int plus) {
    long numBits = 8 * in.byteSize();
    byte[] out = new byte[Math.toIntExact(numBits / bits)];
    for (int i = 0; i < out.length; i++) {
      long bit = (long) i * bits;
      long word = bit / 32;
      int shift = (int) (bit % 32);
      int code = (in.getAtIndex(JAVA_INT_UNALIGNED, word) + plus) >>> shift;
      if (shift + bits > 32) {
        code |= (in.getAtIndex(JAVA_INT_UNALIGNED, word + 1) + plus) << (32 - shift);
      }
      out[i] = (byte) (code & ((1 << bits) - 1));
    }
    return out;
  }

  /** Puts integers of a row of AWQ into their order, 8 of them in each word. */
  public static byte[] inOrderOfAwq(byte[] integers) {
    byte[] out = new byte[integers.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = integers[i - i % 8 + AWQ_ORDER[i % 8]];
    }
    return out;
  }
}
