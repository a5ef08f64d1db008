package dev.rapt.compute;

import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.MatmulKernel;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Pool;
import dev.rapt.kernel.Scratch;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products (GEMM) of f32, bf16 and f16 in any combination, on top of a kernel that supports
 * only some of them. Blocks of operands that the kernel cannot read are converted to f32 in scratch
 * memory, sums are kept in f32, and a result in 16 bits is rounded once at the end.
 */
final class ConvertingMatmul implements MatmulKernel {
  // at most 3 MB of f32 for each operand: conversion takes 2% of the time, and half a megabyte of
  // bf16 is read for 0.6 GFLOP
  private static final long BLOCK_ROWS = 768;
  private static final long BLOCK_COLS = 768;
  private static final long BLOCK_INNER = 1024;

  private final MatmulKernel kernel;
  private final ElementwiseKernel conversion;
  private final Pool<Blocks> blocks = new Pool<>(Blocks::new, Blocks::close);

  private record Blocks(Scratch a, Scratch b, Scratch c) implements AutoCloseable {
    Blocks() {
      this(new Scratch(), new Scratch(), new Scratch());
    }

    @Override
    public void close() {
      a.close();
      b.close();
      c.close();
    }
  }

  ConvertingMatmul(MatmulKernel kernel, ElementwiseKernel conversion) {
    this.kernel = kernel;
    this.conversion = conversion;
  }

  @Override
  public String name() {
    return kernel.name() + ", narrow types converted to f32";
  }

  @Override
  public boolean supports(DType a, DType b, DType c) {
    return isKnown(a) && isKnown(b) && isKnown(c) && c != DType.F16;
  }

  private static boolean isKnown(DType type) {
    return type == DType.F32 || type == DType.BF16 || type == DType.F16;
  }

  @Override
  public void multiply(
      Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, boolean accumulate) {
    Blocks scratch = blocks.take();
    try {
      for (long j = 0; j < c.cols(); j += BLOCK_COLS) {
        long jEnd = Math.min(c.cols(), j + BLOCK_COLS);
        MemorySegment biasBlock = bias == null ? null : bias.asSlice(4 * j, 4 * (jEnd - j));
        for (long i = 0; i < c.rows(); i += BLOCK_ROWS) {
          long iEnd = Math.min(c.rows(), i + BLOCK_ROWS);
          block(
              scratch,
              a.rows(i, iEnd),
              b.cols(j, jEnd),
              biasBlock,
              c.rows(i, iEnd).cols(j, jEnd),
              accumulate);
        }
      }
    } finally {
      blocks.give(scratch);
    }
  }

  private void block(
      Blocks scratch,
      Matrix a,
      Matrix b,
      @Nullable MemorySegment bias,
      Matrix c,
      boolean accumulate) {
    boolean rounds = c.dtype() != DType.F32;
    Matrix sum = c;
    if (rounds) {
      sum = Matrix.of(scratch.c.bytes(4 * c.rows() * c.cols()), DType.F32, c.rows(), c.cols());
      if (accumulate) {
        widen(c, sum);
      }
    }
    boolean direct = kernel.supports(a.dtype(), b.dtype(), DType.F32);
    long step = direct ? a.cols() : BLOCK_INNER;
    for (long k = 0; k < a.cols(); k += step) {
      long kEnd = Math.min(a.cols(), k + step);
      kernel.multiply(
          direct ? a.cols(k, kEnd) : asF32(a.cols(k, kEnd), scratch.a),
          direct ? b.rows(k, kEnd) : asF32(b.rows(k, kEnd), scratch.b),
          k == 0 ? bias : null,
          sum,
          accumulate || k > 0);
    }
    if (rounds) {
      for (long r = 0; r < c.rows(); r++) {
        conversion.convert(row(c, r), c.dtype(), row(sum, r), DType.F32, c.cols());
      }
    }
  }

  /**
   * Returns the matrix itself if it is f32, otherwise a dense f32 copy stored in the same order.
   */
  private Matrix asF32(Matrix m, Scratch scratch) {
    if (m.dtype() == DType.F32) {
      return m;
    }
    MemorySegment memory = scratch.bytes(4 * m.rows() * m.cols());
    if (m.colStride() == 1) {
      Matrix dense = Matrix.of(memory, DType.F32, m.rows(), m.cols());
      widen(m, dense);
      return dense;
    }
    Matrix stored = Matrix.of(memory, DType.F32, m.cols(), m.rows());
    widen(m.transposed(), stored);
    return stored.transposed();
  }

  private void widen(Matrix x, Matrix out) {
    for (long r = 0; r < x.rows(); r++) {
      conversion.convert(row(out, r), DType.F32, row(x, r), x.dtype(), x.cols());
    }
  }

  /** The memory of a row of a row-major matrix. */
  private static MemorySegment row(Matrix m, long row) {
    int size = m.dtype().byteSize();
    return m.memory().asSlice((m.offset() + row * m.rowStride()) * size, m.cols() * size);
  }
}
