package dev.rapt.nn;

import dev.rapt.autograd.Casts;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A weight of a model under its name in the checkpoint. It has up to three forms: what is stored,
 * which for a matrix that is not trained may be bf16 or f16 in a mapped file; the f32 value, which
 * the optimiser updates; and, when the model computes in bf16, the bf16 copy that products read.
 */
public final class Parameter {
  private final String name;
  private final Tensor stored;
  private volatile @Nullable Tensor widened;
  private @Nullable Tensor copy;

  /**
   * A parameter whose value lives as long as the scope of the tensor.
   *
   * @param stored f32; a matrix that is not trained may be bf16 or f16
   */
  public Parameter(String name, Tensor stored) {
    this.name = name;
    this.stored = stored;
  }

  /** Full name in the checkpoint: {@code transformer.h.0.attn.c_attn.weight}. */
  public String name() {
    return name;
  }

  /** The value in the type in which it is kept: f32, bf16 or f16. */
  public Tensor stored() {
    return stored;
  }

  /** Sizes of the dimensions. */
  public Shape shape() {
    return stored.shape();
  }

  /**
   * The value in f32, which is the master where it is trained.
   *
   * @apiNote What is stored in 16 bits is copied when this is first called, for good; products and
   *     look-ups take {@link #compute} as it is.
   */
  public Tensor value() {
    if (stored.dtype() == DType.F32) {
      return stored;
    }
    Tensor wide = widened;
    return wide == null ? widenOnce() : wide;
  }

  /** Scopes are for one thread at a time, and all parameters of a model share one. */
  private Tensor widenOnce() {
    synchronized (stored.scope()) {
      Tensor wide = widened;
      if (wide == null) {
        wide = stored.scope().empty(DType.F32, stored.shape());
        Casts.copy(wide, stored);
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
    if (copy != null) {
      return copy;
    }
    Tensor wide = widened;
    return wide != null && wide.isTracked() ? wide : stored;
  }

  /** The type of activations that are computed with this: bf16 if there is a copy, else f32. */
  public DType activationType() {
    return copy == null ? DType.F32 : DType.BF16;
  }

  /** The bf16 copy, or null. Whoever changes the value writes the copy too. */
  public @Nullable Tensor copy() {
    return copy;
  }

  /** Whether this is a matrix, to which weight decay and bf16 products apply. */
  public boolean isMatrix() {
    return stored.shape().rank() >= 2;
  }

  /** Makes products read bf16: the stored values if they are, else a copy of them. */
  void computeInBf16() {
    if (stored.dtype() == DType.BF16) {
      copy = stored;
      return;
    }
    Tensor narrow = copy == null ? stored.scope().empty(DType.BF16, stored.shape()) : copy;
    Casts.copy(narrow, stored);
    if (copy == null) {
      copy = stored.shadow(narrow);
    }
  }

  @Override
  public String toString() {
    return name + " " + stored;
  }
}
