package dev.rapt.autograd;

import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.autograd.attention.HeadMatrices;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.attention.KeyHeads;
import dev.rapt.autograd.attention.PagedHeads;
import dev.rapt.autograd.attention.Rotation;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.Gating;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The differentiable operations that models are built from. Each allocates its result in the
 * innermost scope of its operands and, when that is a {@link Tape} and an operand is tracked,
 * records how to compute gradients. Activations may be f32 or bf16; results have the type of the
 * first operand. Sums, statistics and losses are kept in f32.
 */
public final class Ops {
  private Ops() {}

  /**
   * Addition, x + y, where y has the shape of x or is a vector over its last dimension.
   *
   * @param x (..., D)
   * @param y (..., D) or (D)
   */
  public static Tensor add(Tensor x, Tensor y) {
    return AddOp.apply(x, y);
  }

  /**
   * Element-wise product, x y, where y has the shape of x, is a vector over its last dimension, or
   * has one value for each row of x.
   *
   * @param x (..., D)
   * @param y (..., D), (D), (..., 1) or one element
   */
  public static Tensor multiply(Tensor x, Tensor y) {
    return MultiplyOp.apply(x, y);
  }

  /** Multiplies x by a constant factor. */
  public static Tensor scale(Tensor x, float factor) {
    return ScaleOp.apply(x, factor);
  }

  /**
   * Transposes x (M, N) to (N, M).
   *
   * @param scope where the result is allocated, since x may be a parameter
   */
  public static Tensor transpose(Scope scope, Tensor x) {
    return TransposeOp.apply(scope, x);
  }

  /** Applies an activation function to each element. */
  public static Tensor activate(Tensor x, Activation f) {
    return f == Activation.IDENTITY ? x : ActivationOp.apply(x, f);
  }

  /** The gate of a gated MLP (GLU, SwiGLU, GeGLU): f(gate) up, element by element. */
  public static Tensor gate(Tensor gate, Tensor up, Activation f) {
    return GateOp.apply(gate, up, new Gating.Product(f));
  }

  /** The gate of a gated MLP, where gate and up are two tensors of the same shape. */
  public static Tensor gate(Tensor gate, Tensor up, Gating f) {
    return GateOp.apply(gate, up, f);
  }

  /**
   * The gate of a gated MLP, where gate and up come from one fused projection.
   *
   * @param gateAndUp (..., 2F)
   * @return (..., F)
   */
  public static Tensor gate(Tensor gateAndUp, GateLayout layout, Gating f) {
    return FusedGateOp.apply(gateAndUp, layout, f);
  }

  /** Softmax over the last dimension, in f32. */
  public static Tensor softmax(Tensor x) {
    return SoftmaxOp.apply(x, false);
  }

  /** The logarithm of the softmax over the last dimension, in f32. */
  public static Tensor logSoftmax(Tensor x) {
    return SoftmaxOp.apply(x, true);
  }

  /** Clips each element to [-bound, bound]; the gradient of clipped elements is 0. */
  public static Tensor clip(Tensor x, float bound) {
    return ClipOp.apply(x, bound);
  }

  /** Logit soft-capping, cap tanh(x / cap), which keeps logits inside (-cap, cap). */
  public static Tensor softCap(Tensor x, float cap) {
    return SoftCapOp.apply(x, cap);
  }

  /**
   * Copies columns of the last dimension to a new tensor.
   *
   * @return (..., count), columns [from, from + count) of x
   */
  public static Tensor columns(Tensor x, long from, long count) {
    return from == 0 && count == x.lastDim() ? x : ColumnsOp.apply(x, from, count);
  }

  /** Concatenates tensors along the last dimension; their other dimensions must agree. */
  public static Tensor concat(List<Tensor> parts) {
    return parts.size() == 1 ? parts.getFirst() : ConcatOp.apply(parts);
  }

  /**
   * Repeats each vector of the last dimension.
   *
   * @param x (..., E)
   * @return (..., times, E)
   */
  public static Tensor repeat(Tensor x, long times) {
    return RepeatOp.apply(x, times);
  }

  /**
   * Linear layer: x W^T + b over the last dimension.
   *
   * @param x (..., K)
   * @param weight (N, K), or (K, N) when {@code inputMajor}
   * @param bias (N) f32, or null
   * @param inputMajor whether the weight is stored (K, N), as GPT-2 does
   * @return (..., N)
   */
  public static Tensor linear(Tensor x, Tensor weight, @Nullable Tensor bias, boolean inputMajor) {
    return linear(x, weight, bias, inputMajor, x.dtype());
  }

  /**
   * Linear layer whose result has another type, such as f32 router logits from bf16 activations.
   */
  public static Tensor linear(
      Tensor x, Tensor weight, @Nullable Tensor bias, boolean inputMajor, DType type) {
    return LinearOp.apply(x, weight, bias, inputMajor, type);
  }

  /**
   * Linear layer with an epilogue: f(x W^T + b) + addend. Outside a tape this is one pass over
   * memory with one rounding if the matrix library can fuse it; on a tape it is three operations.
   *
   * @param x (..., K)
   * @param weight (N, K), or (K, N) when {@code inputMajor}
   * @param bias (N) f32, or null
   * @param addend (..., N), or null for none
   * @return (..., N)
   */
  public static Tensor linear(
      Tensor x,
      Tensor weight,
      @Nullable Tensor bias,
      boolean inputMajor,
      Activation f,
      @Nullable Tensor addend) {
    return LinearOp.applyFused(x, weight, bias, inputMajor, f, addend);
  }

  /**
   * Linear layer with a quantised weight, which gets no gradient.
   *
   * @param x (..., K)
   * @param bias (N) f32, or null
   * @param type of the result
   * @return (..., N)
   */
  public static Tensor linear(Tensor x, QuantizedMatrix weight, @Nullable Tensor bias, DType type) {
    return QuantizedLinearOp.apply(x, weight, bias, type);
  }

  /**
   * Adds a linear layer, <b>in place</b>: y itself becomes y + x W^T, so nothing else may need the
   * former y.
   *
   * @param y (..., N)
   * @param x (..., K)
   * @param weight (N, K)
   * @return y
   */
  public static Tensor addLinear(Tensor y, Tensor x, Tensor weight) {
    return AddLinearOp.apply(y, x, weight);
  }

  /**
   * Linear map of each head by its own matrix.
   *
   * @param x (B, T, H, K)
   * @return (B, T, H N)
   */
  public static Tensor headLinear(Heads x, HeadMatrices weights) {
    return HeadLinearOp.apply(x, weights);
  }

  /**
   * Embedding lookup: rows of a table.
   *
   * @param table (V, D)
   * @param ids i32, each in [0, V)
   * @return (shape of ids..., D), in the type of the table
   */
  public static Tensor embedding(Tensor table, Tensor ids) {
    return EmbeddingOp.apply(table, ids, table.dtype(), -1);
  }

  /**
   * Embedding lookup with a result of another type.
   *
   * @param table (V, D), f32, bf16 or f16
   * @param ids i32, each in [0, V)
   * @param type of the result
   * @param fixedId the id whose row gets no gradient, usually that of padding; -1 for none
   * @return (shape of ids..., D)
   */
  public static Tensor embedding(Tensor table, Tensor ids, DType type, int fixedId) {
    return EmbeddingOp.apply(table, ids, type, fixedId);
  }

  /**
   * Permutes blocks of equal width along the last dimension.
   *
   * @param order a permutation: block i of the result is block order[i] of x
   */
  public static Tensor reorderBlocks(Tensor x, List<Integer> order) {
    return BlockOrderOp.apply(x, order);
  }

  /** Layer norm over the last dimension. */
  public static Tensor layerNorm(
      Tensor x, @Nullable Tensor weight, @Nullable Tensor bias, float eps) {
    return LayerNormOp.apply(x, weight, 0, bias, eps);
  }

  /** Layer norm over the last dimension; weightOffset is added to every weight. */
  public static Tensor layerNorm(
      Tensor x, Tensor weight, float weightOffset, @Nullable Tensor bias, float eps) {
    return LayerNormOp.apply(x, weight, weightOffset, bias, eps);
  }

  /** RMS norm over the last dimension; weightOffset is added to every weight. */
  public static Tensor rmsNorm(Tensor x, @Nullable Tensor weight, float weightOffset, float eps) {
    return RmsNormOp.apply(x, weight, weightOffset, eps);
  }

  /** L2 norm: x / sqrt(sum of x^2 over the last dimension + eps). */
  public static Tensor l2Norm(Tensor x, float eps) {
    long D = x.lastDim();
    return scale(RmsNormOp.apply(x, null, 0, eps / D), (float) (1 / Math.sqrt((double) D)));
  }

  /**
   * Mean pooling: the mean over the positions of each sequence whose mask is not 0.
   *
   * @param x (B, T, D)
   * @param mask (B, T) i32
   * @return (B, D); zeros for a sequence whose mask is 0 everywhere
   */
  public static Tensor meanOverTime(Tensor x, Tensor mask) {
    return meanOverTime(x, mask, x.dtype());
  }

  /** Mean pooling with a result of another type. */
  public static Tensor meanOverTime(Tensor x, Tensor mask, DType type) {
    return MaskedMeanOp.apply(x, mask, type);
  }

  /**
   * Max pooling: the largest value of each component over the positions of each sequence whose mask
   * is not 0. The gradient goes to the first of equal values.
   *
   * @param x (B, T, D)
   * @param mask (B, T) i32
   * @return (B, D), f32; zeros for a sequence whose mask is 0 everywhere
   */
  public static Tensor maxOverTime(Tensor x, Tensor mask) {
    return MaxOverTimeOp.apply(x, mask);
  }

  /** Inverted dropout: sets elements to zero with this probability, divides the others by 1 - p. */
  public static Tensor dropout(Tensor x, float probability, long seed) {
    return probability == 0 ? x : DropoutOp.apply(x, probability, seed);
  }

  /**
   * Dot products of each head with vectors shared by all positions, as needed for relative position
   * bias in attention.
   *
   * @param x (B, T, H, E)
   * @param vectors (1, N, H, E)
   * @return (B, H, T, N)
   */
  public static Tensor headProducts(Heads x, Heads vectors) {
    return HeadProductsOp.apply(x, vectors);
  }

  /**
   * Rotary position embedding (RoPE), <b>in place</b>: x itself is rotated, so nothing else may
   * need the unrotated x.
   *
   * @param x heads of a tensor (B, T, width)
   * @return the same heads, rotated
   */
  public static Heads rotate(Heads x, Rotation rotation) {
    return RopeOp.apply(x, rotation);
  }

  /**
   * Scaled dot-product attention; keys and values may be in a KV cache with room for more than S
   * positions.
   *
   * @param q (B, T, H, E)
   * @param k (B, S, G, E); in the pages of a KV cache for one sequence without gradients
   * @param v (B, S, G, V), likewise
   * @return (B, T, H V)
   */
  public static Tensor attention(Heads q, KeyHeads k, KeyHeads v, AttentionArgs args) {
    if (k instanceof PagedHeads pagedK && v instanceof PagedHeads pagedV) {
      return PagedAttention.apply(q, pagedK, pagedV, args);
    }
    if (k instanceof Heads denseK && v instanceof Heads denseV) {
      return AttentionOp.apply(q, denseK, denseV, args);
    }
    throw new IllegalArgumentException(
        "attention: keys and values must both be in pages or both in tensors, got %s and %s"
            .formatted(k.described(), v.described()));
  }

  /**
   * Runs part of a model of which nothing is trained: only its result stays in memory, and no
   * gradients flow into it.
   *
   * @param x not tracked
   */
  public static Tensor unrecorded(Tensor x, UnaryOperator<Tensor> part) {
    try (Scope inside = x.scope().child()) {
      return inside.escape(part.apply(inside.alias(x)));
    }
  }

  /**
   * Runs part of a model with gradient checkpointing (arXiv:1604.06174): only its result stays in
   * memory. If gradients are needed, the backward pass runs the part again to recompute its
   * activations, so the part must compute the same result each time.
   *
   * @param x the only tracked operand besides parameters
   */
  public static Tensor contained(Tensor x, UnaryOperator<Tensor> part) {
    return CheckpointOp.apply(x, part);
  }
}
