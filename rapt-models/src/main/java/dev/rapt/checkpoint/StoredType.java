package dev.rapt.checkpoint;

import dev.rapt.tensor.DType;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Element type of a tensor in a safetensors file: all types of safetensors 0.8. Those without a
 * {@link DType} may be in a file, but no model reads them.
 */
public enum StoredType {
  /** See {@link DType#F64}. */
  F64(DType.F64),
  /** See {@link DType#F32}. */
  F32(DType.F32),
  /** See {@link DType#BF16}. */
  BF16(DType.BF16),
  /** See {@link DType#F16}. */
  F16(DType.F16),
  /** See {@link DType#F8_E4M3}. */
  F8_E4M3(DType.F8_E4M3),
  /** See {@link DType#F8_E5M2}. */
  F8_E5M2(DType.F8_E5M2),
  /** See {@link DType#I64}. */
  I64(DType.I64),
  /** See {@link DType#I32}. */
  I32(DType.I32),
  /** See {@link DType#I16}. */
  I16(DType.I16),
  /** See {@link DType#I8}. */
  I8(DType.I8),
  /** See {@link DType#U64}. */
  U64(DType.U64),
  /** See {@link DType#U32}. */
  U32(DType.U32),
  /** See {@link DType#U16}. */
  U16(DType.U16),
  /** See {@link DType#U8}. */
  U8(DType.U8),
  /** See {@link DType#BOOL}. */
  BOOL(DType.BOOL),
  /** Float with 2 exponent bits and 1 fraction bit (OCP Microscaling). */
  F4(4),
  /** Float with 2 exponent and 3 fraction bits (OCP Microscaling). */
  F6_E2M3(6),
  /** Float with 3 exponent and 2 fraction bits (OCP Microscaling). */
  F6_E3M2(6),
  /** Power of two with 8 exponent bits: scale factors (OCP Microscaling). */
  F8_E8M0(8),
  /** As F8_E4M3 with another bias, without negative zero. */
  F8_E4M3FNUZ(8),
  /** As F8_E5M2 with another bias, without infinities and negative zero. */
  F8_E5M2FNUZ(8),
  /** Complex number of two F32. */
  C64(64);

  private final int bits;
  private final @Nullable DType dtype;

  StoredType(DType dtype) {
    this.bits = Byte.SIZE * dtype.byteSize();
    this.dtype = dtype;
  }

  StoredType(int bits) {
    this.bits = bits;
    this.dtype = null;
  }

  /** Returns the type of this name in a header; empty if safetensors has none of it. */
  static Optional<StoredType> of(String name) {
    return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
  }

  /** Returns all names, separated by commas. */
  static String names() {
    return Arrays.stream(values()).map(StoredType::name).collect(Collectors.joining(", "));
  }

  /** The name in lower case, as in messages: {@code f32}, {@code f8_e8m0}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Bits of one element. */
  public int bits() {
    return bits;
  }

  /** The type of the elements in memory; empty if no model reads them. */
  public Optional<DType> dtype() {
    return Optional.ofNullable(dtype);
  }
}
