package dev.rapt.kernel.scalar.block;

import dev.rapt.kernel.BlockKernel;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Workspace;
import dev.rapt.kernel.block.BlockFormat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Every block format in scalar loops. */
public final class ScalarBlocks implements BlockKernel {
  /** Creates a kernel without state. */
  public ScalarBlocks() {}

  @Override
  public void unpack(BlockFormat format, MemorySegment out, MemorySegment blocks, long numBlocks) {
    BlockUnpacker unpacker = unpacker(format);
    float[] values = new float[format.blockValues()];
    BlockBytes block = new BlockBytes(blocks);
    for (long b = 0; b < numBlocks; b++) {
      block.moveTo(b * format.blockBytes());
      unpacker.unpack(block, values);
      long at = Float.BYTES * b * format.blockValues();
      MemorySegment.copy(values, 0, out, ValueLayout.JAVA_FLOAT_UNALIGNED, at, values.length);
    }
  }

  @Override
  public void multiply(BlockFormat format, Matrix x, MemorySegment blocks, Matrix out) {
    long rowBytes = x.cols() / format.blockValues() * format.blockBytes();
    try (Workspace workspace = Workspace.enter()) {
      MemorySegment row = workspace.take(Float.BYTES * x.cols());
      for (long n = 0; n < out.cols(); n++) {
        MemorySegment packed = blocks.asSlice(n * rowBytes, rowBytes);
        unpack(format, row, packed, x.cols() / format.blockValues());
        for (long m = 0; m < out.rows(); m++) {
          float sum = 0;
          for (long k = 0; k < x.cols(); k++) {
            sum += get(x.memory(), x.offset() + m * x.rowStride() + k) * get(row, k);
          }
          long at = out.offset() + m * out.rowStride() + n;
          out.memory().set(ValueLayout.JAVA_FLOAT_UNALIGNED, Float.BYTES * at, sum);
        }
      }
    }
  }

  private static float get(MemorySegment x, long i) {
    return x.get(ValueLayout.JAVA_FLOAT_UNALIGNED, Float.BYTES * i);
  }

  private static BlockUnpacker unpacker(BlockFormat format) {
    return switch (format) {
      case Q4_0 -> SmallBlocks::q4_0;
      case Q4_1 -> SmallBlocks::q4_1;
      case Q5_0 -> SmallBlocks::q5_0;
      case Q5_1 -> SmallBlocks::q5_1;
      case Q8_0 -> SmallBlocks::q8_0;
      case Q2_K -> SuperBlocks::q2k;
      case Q3_K -> SuperBlocks::q3k;
      case Q4_K -> SuperBlocks::q4k;
      case Q5_K -> SuperBlocks::q5k;
      case Q6_K -> SuperBlocks::q6k;
      case IQ2_XXS -> LatticeBlocks::iq2xxs;
      case IQ2_XS -> LatticeBlocks::iq2xs;
      case IQ2_S -> LatticeBlocks::iq2s;
      case IQ3_XXS -> LatticeBlocks::iq3xxs;
      case IQ3_S -> LatticeBlocks::iq3s;
      case IQ1_S -> LatticeBlocks::iq1s;
      case IQ1_M -> LatticeBlocks::iq1m;
      case IQ4_NL -> TableBlocks::iq4nl;
      case IQ4_XS -> TableBlocks::iq4xs;
      case TQ1_0 -> TernaryBlocks::tq1;
      case TQ2_0 -> TernaryBlocks::tq2;
      case MXFP4 -> TableBlocks::mxfp4;
      case NVFP4 -> TableBlocks::nvfp4;
    };
  }
}
