package dev.rapt.nn;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A weight of a model under its name in the checkpoint. When the model computes in bf16, a matrix
 * has two forms: the f32 master that the optimiser updates, and the bf16 copy that products read.
 */
public final class Parameter {
  private final String name;
  private final Tensor value;
  private @Nullable Tensor copy;

  /** A parameter whose value lives as long as the scope of the tensor. */
  public Parameter(String name, Tensor value) {
    this.name = name;
    this.value = value;
  }

  /** Full name in the checkpoint: {@code transformer.h.0.attn.c_attn.weight}. */
  public String name() {
    return name;
  }

  /** The master value, f32. */
  public Tensor value() {
    return value;
  }

  /** What products read: the bf16 copy if there is one, else the value. */
  public Tensor compute() {
    return copy == null ? value : copy;
  }

  /** The bf16 copy, or null. Whoever changes the value writes the copy too. */
  public @Nullable Tensor copy() {
    return copy;
  }

  /** Whether this is a matrix, to which weight decay and bf16 products apply. */
  public boolean isMatrix() {
    return value.shape().rank() >= 2;
  }

  /** Creates the bf16 copy, in the scope of the value; the caller fills it. */
  Tensor createCopy() {
    Tensor narrow = value.scope().empty(DType.BF16, value.shape());
    copy = value.shadow(narrow);
    return copy;
  }

  @Override
  public String toString() {
    return name + " " + value;
  }
}
