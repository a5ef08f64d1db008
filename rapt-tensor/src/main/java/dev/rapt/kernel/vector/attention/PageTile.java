package dev.rapt.kernel.vector.attention;

import static dev.rapt.kernel.vector.math.VectorMath.FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.rapt.kernel.HeadView;
import dev.rapt.kernel.KeyView;
import dev.rapt.kernel.PageView;
import dev.rapt.kernel.vector.math.VectorConvert;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Loads keys and values into tiles of f32, from dense memory or from pages of a KV cache. */
final class PageTile {
  private static final ByteOrder NATIVE = ByteOrder.nativeOrder();
  private static final int LANES = FLOAT.length();

  /** A vector of bytes that a load of as many bytes as there are f32 lanes fills at least. */
  private static final VectorSpecies<Byte> BYTE =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, FLOAT.vectorBitSize() / 4)));

  /** Codes that one load of bytes covers: with 128 bits, two vectors of f32. */
  private static final int CODES = BYTE.length();

  private PageTile() {}

  /** tile[first + e] = element e of head g of position t of sequence b. */
  static void load(float[] tile, int first, KeyView x, int b, int t, int g, int n) {
    switch (x) {
      case HeadView dense -> TileCopy.load(tile, first, dense.memory(), dense.index(b, t, g, n), n);
      case PageView pages -> load(tile, first, pages, t, g, n);
    }
  }

  private static void load(float[] tile, int first, PageView x, int t, int g, int n) {
    MemorySegment page = x.page(t);
    long offset = x.offset(t, g);
    switch (x.format()) {
      case F32 -> loadFloats(tile, first, page, offset, n);
      case BF16 -> loadHalves(tile, first, page, offset, n);
      case INT8 -> loadCodes(tile, first, page, offset, n);
    }
  }

  private static void loadFloats(float[] tile, int first, MemorySegment page, long offset, int n) {
    int e = 0;
    for (int bound = FLOAT.loopBound(n); e < bound; e += LANES) {
      FloatVector.fromMemorySegment(FLOAT, page, offset + 4L * e, NATIVE)
          .intoArray(tile, first + e);
    }
    for (; e < n; e++) {
      tile[first + e] = page.get(JAVA_FLOAT_UNALIGNED, offset + 4L * e);
    }
  }

  private static void loadHalves(float[] tile, int first, MemorySegment page, long offset, int n) {
    long index = offset / 2; // heads of bf16 begin at even bytes
    int e = 0;
    for (int bound = FLOAT.loopBound(n); e < bound; e += LANES) {
      VectorConvert.loadBfloat16(page, index + e).intoArray(tile, first + e);
    }
    for (; e < n; e++) {
      tile[first + e] = VectorConvert.getBfloat16(page, index + e);
    }
  }

  private static void loadCodes(float[] tile, int first, MemorySegment page, long offset, int n) {
    float scale = page.get(JAVA_FLOAT_UNALIGNED, offset);
    long codes = offset + Float.BYTES;
    int e = 0;
    for (int bound = BYTE.loopBound(n); e < bound; e += CODES) {
      ByteVector bytes = ByteVector.fromMemorySegment(BYTE, page, codes + e, NATIVE);
      for (int part = 0; part < CODES / LANES; part++) {
        ((FloatVector) bytes.convertShape(VectorOperators.B2F, FLOAT, part))
            .mul(scale)
            .intoArray(tile, first + e + part * LANES);
      }
    }
    for (; e < n; e++) {
      tile[first + e] = scale * page.get(JAVA_BYTE, codes + e);
    }
  }
}
