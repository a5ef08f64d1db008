package dev.rapt.quant.ggml;

import dev.rapt.kernel.block.BlockFormat;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Element type of a tensor in a GGUF file, by the numbers of {@code enum ggml_type} in ggml.h.
 * Block formats hold a number of values in a number of bytes.
 */
public enum GgmlType {
  /** See {@link DType#F32}. */
  F32(0, DType.F32),
  /** See {@link DType#F16}. */
  F16(1, DType.F16),
  /** 4 bits, a scale for 32 values. */
  Q4_0(2, BlockFormat.Q4_0, SmallPackers::q4_0),
  /** 4 bits, a scale and a minimum for 32 values. */
  Q4_1(3, BlockFormat.Q4_1, SmallPackers::q4_1),
  /** 5 bits, a scale for 32 values. */
  Q5_0(6, BlockFormat.Q5_0, SmallPackers::q5_0),
  /** 5 bits, a scale and a minimum for 32 values. */
  Q5_1(7, BlockFormat.Q5_1, SmallPackers::q5_1),
  /** 8 bits, a scale for 32 values. */
  Q8_0(8, BlockFormat.Q8_0, SmallPackers::q8_0),
  /** 2.6 bits, sub-blocks of 16 values. */
  Q2_K(10, BlockFormat.Q2_K, SuperPackers::q2k),
  /** 3.4 bits, sub-blocks of 16 values. */
  Q3_K(11, BlockFormat.Q3_K, SuperPackers::q3k),
  /** 4.5 bits, sub-blocks of 32 values. */
  Q4_K(12, BlockFormat.Q4_K, SuperPackers::q4k),
  /** 5.5 bits, sub-blocks of 32 values. */
  Q5_K(13, BlockFormat.Q5_K, SuperPackers::q5k),
  /** 6.6 bits, sub-blocks of 16 values. */
  Q6_K(14, BlockFormat.Q6_K, SuperPackers::q6k),
  /** 2.1 bits, points of a lattice. */
  IQ2_XXS(16, BlockFormat.IQ2_XXS),
  /** 2.3 bits, points of a lattice. */
  IQ2_XS(17, BlockFormat.IQ2_XS),
  /** 3.1 bits, points of a lattice. */
  IQ3_XXS(18, BlockFormat.IQ3_XXS),
  /** 1.6 bits, points of a lattice. */
  IQ1_S(19, BlockFormat.IQ1_S),
  /** 4.5 bits, a table of 16 values. */
  IQ4_NL(20, BlockFormat.IQ4_NL, TablePackers::iq4nl),
  /** 3.4 bits, points of a lattice. */
  IQ3_S(21, BlockFormat.IQ3_S),
  /** 2.6 bits, points of a lattice. */
  IQ2_S(22, BlockFormat.IQ2_S),
  /** 4.3 bits, a table of 16 values. */
  IQ4_XS(23, BlockFormat.IQ4_XS, TablePackers::iq4xs),
  /** See {@link DType#I8}. */
  I8(24, DType.I8),
  /** See {@link DType#I16}. */
  I16(25, DType.I16),
  /** See {@link DType#I32}. */
  I32(26, DType.I32),
  /** See {@link DType#I64}. */
  I64(27, DType.I64),
  /** See {@link DType#F64}. */
  F64(28, DType.F64),
  /** 1.8 bits, points of a lattice. */
  IQ1_M(29, BlockFormat.IQ1_M),
  /** See {@link DType#BF16}. */
  BF16(30, DType.BF16),
  /** Ternary, 1.7 bits. */
  TQ1_0(34, BlockFormat.TQ1_0, TernaryPackers::tq1),
  /** Ternary, 2.1 bits. */
  TQ2_0(35, BlockFormat.TQ2_0, TernaryPackers::tq2),
  /** 4-bit floats with a power of two for 32 values, as gpt-oss has them. */
  MXFP4(39, BlockFormat.MXFP4, SmallPackers::mxfp4),
  /** 4-bit floats with an 8-bit float for 16 values. */
  NVFP4(40, BlockFormat.NVFP4);

  private final int id;
  private final @Nullable DType dtype;
  private final @Nullable BlockFormat format;

  @SuppressWarnings("ImmutableEnumChecker") // a method without state
  private final @Nullable BlockPacker packer;

  GgmlType(int id, DType dtype) {
    this(id, dtype, null, null);
  }

  GgmlType(int id, BlockFormat format) {
    this(id, null, format, null);
  }

  GgmlType(int id, BlockFormat format, BlockPacker packer) {
    this(id, null, format, packer);
  }

  GgmlType(
      int id, @Nullable DType dtype, @Nullable BlockFormat format, @Nullable BlockPacker packer) {
    this.id = id;
    this.dtype = dtype;
    this.format = format;
    this.packer = packer;
  }

  /** Returns the type of this number; empty for numbers that were removed or are not known. */
  public static Optional<GgmlType> of(int id) {
    return Arrays.stream(values()).filter(type -> type.id == id).findFirst();
  }

  /** Returns the number of the type in files. */
  public int id() {
    return id;
  }

  /** Returns the number of values in a block; 1 if the type has none. */
  public int blockValues() {
    return format == null ? 1 : format.blockValues();
  }

  /** Returns the number of bytes of a block, or of an element. */
  public int blockBytes() {
    return format == null ? Objects.requireNonNull(dtype).byteSize() : format.blockBytes();
  }

  /** Returns the type of single elements; empty for block formats. */
  public Optional<DType> dtype() {
    return Optional.ofNullable(dtype);
  }

  /** Returns the format of blocks; empty for single elements. */
  public Optional<BlockFormat> format() {
    return Optional.ofNullable(format);
  }

  /** Returns whether values can be quantised to this block format. */
  public boolean quantizes() {
    return packer != null;
  }

  /**
   * Quantises values to blocks.
   *
   * @param values whole blocks
   * @param out receives the blocks
   * @throws IllegalArgumentException if the type cannot be quantised to, or sizes do not match
   */
  public void quantize(float[] values, MemorySegment out) {
    BlockPacker pack = packer;
    int numBlocks = values.length / blockValues();
    if (pack == null
        || values.length % blockValues() != 0
        || out.byteSize() != (long) numBlocks * blockBytes()) {
      throw new IllegalArgumentException(
          "%s: must be quantised in whole blocks of %d values, got %d and %d bytes"
              .formatted(this, blockValues(), values.length, out.byteSize()));
    }
    BlockWriter writer = new BlockWriter(out);
    for (int b = 0; b < numBlocks; b++) {
      writer.moveTo((long) b * blockBytes());
      pack.pack(Arrays.copyOfRange(values, b * blockValues(), (b + 1) * blockValues()), writer);
    }
  }
}
