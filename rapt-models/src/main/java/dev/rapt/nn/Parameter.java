package dev.rapt.nn;

import dev.rapt.autograd.Casts;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import dev.rapt.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A weight of a model under its name in the checkpoint. It has up to three forms: what is stored,
 * which for a matrix that is not trained may be bf16 or f16 in a mapped file; the f32 value, which
 * the optimiser updates; and, when the model computes in bf16, the bf16 copy that products read.
 * Before them, it may be packed in few bits: experts are unpacked again whenever they are used,
 * others when something first asks for their values.
 */
public final class Parameter {
  private final String name;
  private final Shape shape;
  private final Scope scope;
  private final @Nullable PackedWeight packed;
  private volatile @Nullable Tensor stored;
  private volatile @Nullable Tensor widened;
  private volatile @Nullable Tensor copy;
  private boolean inBf16;

  /**
   * A parameter whose value lives as long as the scope of the tensor.
   *
   * @param stored f32; a matrix that is not trained may be bf16 or f16
   */
  public Parameter(String name, Tensor stored) {
    this.name = name;
    this.shape = stored.shape();
    this.scope = stored.scope();
    this.packed = null;
    this.stored = stored;
  }

  /** A parameter that is packed; its values, once they are needed, belong to this scope. */
  public Parameter(String name, PackedWeight packed, Scope scope) {
    this.name = name;
    this.shape = packed.shape();
    this.scope = scope;
    this.packed = packed;
  }

  /** Full name in the checkpoint: {@code transformer.h.0.attn.c_attn.weight}. */
  public String name() {
    return name;
  }

  /** The packed form, while there is no other; else null. */
  public @Nullable PackedWeight packed() {
    return stored == null ? packed : null;
  }

  /**
   * The value in the type in which it is kept: f32, bf16 or f16.
   *
   * @apiNote What is packed is unpacked when this is first called, for good.
   */
  public Tensor stored() {
    Tensor present = stored;
    return present == null ? unpackOnce() : present;
  }

  /** Scopes are for one thread at a time, and all parameters of a model share one. */
  private Tensor unpackOnce() {
    synchronized (scope) {
      Tensor present = stored;
      if (present == null) {
        PackedWeight weight = Objects.requireNonNull(packed);
        present = weight.unpack(scope, weight.exactType());
        if (inBf16) {
          copy = inBf16(present);
        }
        stored = present;
      }
      return present;
    }
  }

  /** Sizes of the dimensions. */
  public Shape shape() {
    return shape;
  }

  /**
   * The value in f32, which is the master where it is trained.
   *
   * @apiNote What is stored in 16 bits is copied when this is first called, for good; products and
   *     look-ups take {@link #compute} as it is.
   */
  public Tensor value() {
    Tensor kept = stored();
    if (kept.dtype() == DType.F32) {
      return kept;
    }
    Tensor wide = widened;
    return wide == null ? widenOnce(kept) : wide;
  }

  private Tensor widenOnce(Tensor kept) {
    synchronized (scope) {
      Tensor wide = widened;
      if (wide == null) {
        wide = scope.empty(DType.F32, shape);
        Casts.copy(wide, kept);
        widened = wide;
      }
      return wide;
    }
  }

  /**
   * What products and look-ups read: the bf16 copy if there is one, else what is stored, or the f32
   * value where gradients flow to it.
   */
  public Tensor compute() {
    Tensor kept = stored();
    Tensor narrow = copy;
    if (narrow != null) {
      return narrow;
    }
    Tensor wide = widened;
    return wide != null && wide.isTracked() ? wide : kept;
  }

  /** The type of activations that are computed with this: bf16 if there is a copy, else f32. */
  public DType activationType() {
    return inBf16 ? DType.BF16 : DType.F32;
  }

  /** The bf16 copy, or null. Whoever changes the value writes the copy too. */
  public @Nullable Tensor bf16Copy() {
    return copy;
  }

  /** Whether this is a matrix, to which weight decay and bf16 products apply. */
  public boolean isMatrix() {
    return shape.rank() >= 2;
  }

  /** Makes products read bf16: the stored values if they are, else a copy of them. */
  void computeInBf16() {
    inBf16 = true;
    Tensor kept = stored;
    if (kept != null) {
      copy = inBf16(kept);
    }
  }

  private Tensor inBf16(Tensor kept) {
    if (kept.dtype() == DType.BF16) {
      return kept;
    }
    Tensor present = copy;
    Tensor narrow = present == null ? scope.empty(DType.BF16, shape) : present;
    Casts.copy(narrow, kept);
    return present == null ? kept.shadow(narrow) : present;
  }

  @Override
  public String toString() {
    return name + " " + shape;
  }
}
