package dev.rapt.kernel.vector.product;

import dev.rapt.kernel.MatmulKernel;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Pool;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * GEMM in the Vector API with packing and register blocking: operands are packed into panels that
 * fit in the caches, and a micro-kernel keeps a tile of c in registers. Operands are f32 or bf16,
 * sums are f32; bf16 is converted to f32 while it is packed.
 *
 * <p>Loops and packing as in Goto and van de Geijn, "Anatomy of High-Performance Matrix
 * Multiplication", ACM TOMS 34(3), 2008, and in BLIS, ACM TOMS 41(3), 2015.
 */
public final class VectorMatmul implements MatmulKernel {
  // One micro-panel of b (KC x 16 of f32: 16 KB) stays in the L1 cache, a block of a (MC x KC:
  // 192 KB) in the L2 cache, and the panels of b (2 MB) in the L3 cache.
  private static final int BLOCK_INNER = 256;
  private static final int BLOCK_ROWS = 48 * VectorTile.ROWS;
  private static final int BLOCK_COLS = 2048;

  /** With fewer rows than this, packing b costs more than it gains. */
  private static final int FEW_ROWS = 8;

  private final Pool<Panels> pool = new Pool<>(Panels::new, panels -> {});

  /** Packed operands; the arrays grow to the sizes that products need. */
  private static final class Panels {
    private float[] a = new float[0];
    private float[] b = new float[0];
    private final float[] staging = new float[VectorPacking.stagingSize(BLOCK_INNER, BLOCK_ROWS)];
    private final float[] tile = new float[VectorTile.ROWS * VectorTile.COLS];

    void reserve(int aSize, int bSize) {
      if (a.length < aSize) {
        a = new float[aSize];
      }
      if (b.length < bSize) {
        b = new float[bSize];
      }
    }
  }

  /** Creates a kernel that pools packing memory for the threads that call it at the same time. */
  public VectorMatmul() {}

  @Override
  public String name() {
    return "vector (" + VectorTile.bits() + " bits)";
  }

  @Override
  public boolean supports(DType a, DType b, DType c) {
    return c == DType.F32 && isKnown(a) && isKnown(b);
  }

  private static boolean isKnown(DType type) {
    return type == DType.F32 || type == DType.BF16;
  }

  @Override
  public void multiply(
      Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, boolean accumulate) {
    if (a.rows() < FEW_ROWS && b.rowStride() == 1 && a.colStride() == 1) {
      VectorDotProducts.multiply(a, b, bias, c, accumulate);
      return;
    }
    Panels panels = pool.take();
    try {
      multiply(panels, a, b, bias, c, accumulate);
    } finally {
      pool.give(panels);
    }
  }

  private static void multiply(
      Panels panels,
      Matrix a,
      Matrix b,
      @Nullable MemorySegment bias,
      Matrix c,
      boolean accumulate) {
    long rows = c.rows();
    long cols = c.cols();
    long inner = a.cols();
    int maxInner = (int) Math.min(inner, BLOCK_INNER);
    panels.reserve(
        roundUp((int) Math.min(rows, BLOCK_ROWS), VectorTile.ROWS) * maxInner,
        roundUp((int) Math.min(cols, BLOCK_COLS), VectorTile.COLS) * maxInner);
    for (long j = 0; j < cols; j += BLOCK_COLS) {
      int numCols = (int) Math.min(BLOCK_COLS, cols - j);
      for (long k = 0; k < inner; k += BLOCK_INNER) {
        int numInner = (int) Math.min(BLOCK_INNER, inner - k);
        // panels of b have numInner rows; their columns are in groups of a tile's width
        VectorPacking.pack(
            b.transposed(), j, numCols, k, numInner, VectorTile.COLS, panels.b, panels.staging);
        boolean adds = accumulate || k > 0;
        for (long i = 0; i < rows; i += BLOCK_ROWS) {
          int numRows = (int) Math.min(BLOCK_ROWS, rows - i);
          VectorPacking.pack(a, i, numRows, k, numInner, VectorTile.ROWS, panels.a, panels.staging);
          block(panels, c, i, numRows, j, numCols, numInner, adds ? null : bias, adds);
        }
      }
    }
  }

  /** c[i.., j..] (+)= packed a times packed b. */
  private static void block(
      Panels panels,
      Matrix c,
      long i,
      int numRows,
      long j,
      int numCols,
      int numInner,
      @Nullable MemorySegment bias,
      boolean adds) {
    MemorySegment out = c.memory();
    long stride = 4 * c.rowStride();
    long start = 4 * (c.offset() + i * c.rowStride() + j);
    for (int col = 0; col < numCols; col += VectorTile.COLS) {
      for (int row = 0; row < numRows; row += VectorTile.ROWS) {
        VectorTile.multiply(
            panels.a, row * numInner, panels.b, col * numInner, numInner, panels.tile);
        int height = Math.min(VectorTile.ROWS, numRows - row);
        int width = Math.min(VectorTile.COLS, numCols - col);
        for (int r = 0; r < height; r++) {
          long at = start + (row + r) * stride + 4L * col;
          VectorTile.writeRow(panels.tile, r, out, at, width, adds);
        }
      }
    }
    if (bias != null) {
      for (int row = 0; row < numRows; row++) {
        VectorTile.addRow(out, start + row * stride, bias, 4 * j, numCols);
      }
    }
  }

  private static int roundUp(int n, int multiple) {
    return (n + multiple - 1) / multiple * multiple;
  }
}
