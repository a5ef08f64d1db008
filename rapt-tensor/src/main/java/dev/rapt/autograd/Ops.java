package dev.rapt.autograd;

import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.autograd.attention.HeadMatrices;
import dev.rapt.autograd.attention.Heads;
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
 * The operations models are made of. Each allocates its result in the innermost scope of its
 * operands and, when that is a {@link Tape} and an operand is tracked, remembers how to compute
 * gradients. Activations may be f32 or bf16, results have the type of the first operand; sums,
 * statistics and losses are kept in f32.
 */
public final class Ops {
  private Ops() {}

  /**
   * x + y: of one shape, or with y a vector over the last dimension of x.
   *
   * @param x (..., D)
   * @param y (..., D) or (D)
   */
  public static Tensor add(Tensor x, Tensor y) {
    return AddOp.apply(x, y);
  }

  /**
   * x y: of one shape, or with y a vector over the last dimension of x, or with one value of y for
   * each row of x.
   *
   * @param x (..., D)
   * @param y (..., D), (D), (..., 1) or one element
   */
  public static Tensor multiply(Tensor x, Tensor y) {
    return MultiplyOp.apply(x, y);
  }

  /** factor x. */
  public static Tensor scale(Tensor x, float factor) {
    return ScaleOp.apply(x, factor);
  }

  /**
   * x (M, N) as (N, M).
   *
   * @param scope takes the result, as where x is a parameter
   */
  public static Tensor transpose(Scope scope, Tensor x) {
    return TransposeOp.apply(scope, x);
  }

  /** f(x), element by element. */
  public static Tensor activate(Tensor x, Activation f) {
    return f == Activation.IDENTITY ? x : ActivationOp.apply(x, f);
  }

  /** f(gate) up, element by element: the gate of a gated MLP (GLU, SwiGLU, GeGLU). */
  public static Tensor gate(Tensor gate, Tensor up, Activation f) {
    return GateOp.apply(gate, up, new Gating.Product(f));
  }

  /** The gate of a gated MLP whose gate and up are two tensors of one shape. */
  public static Tensor gate(Tensor gate, Tensor up, Gating f) {
    return GateOp.apply(gate, up, f);
  }

  /**
   * The inside of a gated MLP whose gate and up are one fused projection.
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

  /** Clips each element to [-bound, bound]; clipped elements have no gradient. */
  public static Tensor clip(Tensor x, float bound) {
    return ClipOp.apply(x, bound);
  }

  /** cap tanh(x / cap): keeps logits inside (-cap, cap). */
  public static Tensor softCap(Tensor x, float cap) {
    return SoftCapOp.apply(x, cap);
  }

  /**
   * Some columns of the last dimension, as a tensor of its own.
   *
   * @return (..., count), columns [from, from + count) of x
   */
  public static Tensor columns(Tensor x, long from, long count) {
    return from == 0 && count == x.lastDim() ? x : ColumnsOp.apply(x, from, count);
  }

  /** Tensors that agree up to the last dimension, side by side along it. */
  public static Tensor concat(List<Tensor> parts) {
    return parts.size() == 1 ? parts.getFirst() : ConcatOp.apply(parts);
  }

  /**
   * Each vector of the last dimension several times.
   *
   * @param x (..., E)
   * @return (..., times, E)
   */
  public static Tensor repeat(Tensor x, long times) {
    return RepeatOp.apply(x, times);
  }

  /**
   * x W^T + b over the last dimension.
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
   * Linear layer with a result of another type, such as f32 router scores from bf16 activations.
   */
  public static Tensor linear(
      Tensor x, Tensor weight, @Nullable Tensor bias, boolean inputMajor, DType type) {
    return LinearOp.apply(x, weight, bias, inputMajor, type);
  }

  /**
   * f(x W^T + b) + addend. Outside a tape it is one pass over memory, and one rounding, where the
   * matrix library can; on a tape these are three operations.
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
   * The product of each head with a matrix of its own.
   *
   * @param x (B, T, H, K)
   * @return (B, T, H N)
   */
  public static Tensor headLinear(Heads x, HeadMatrices weights) {
    return HeadLinearOp.apply(x, weights);
  }

  /**
   * Rows of a table.
   *
   * @param table (V, D)
   * @param ids i32, each in [0, V)
   * @return (shape of ids..., D), in the type of the table
   */
  public static Tensor embedding(Tensor table, Tensor ids) {
    return EmbeddingOp.apply(table, ids, table.dtype(), -1);
  }

  /**
   * Rows of a table, converted.
   *
   * @param table (V, D), f32, bf16 or f16
   * @param ids i32, each in [0, V)
   * @param type of the result
   * @param fixedId an id for whose row there is no gradient, usually that of padding; -1 for none
   * @return (shape of ids..., D)
   */
  public static Tensor embedding(Tensor table, Tensor ids, DType type, int fixedId) {
    return EmbeddingOp.apply(table, ids, type, fixedId);
  }

  /**
   * Puts blocks of equal width along the last dimension in another order.
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

  /** x / sqrt(sum of x^2 over the last dimension + eps). */
  public static Tensor l2Norm(Tensor x, float eps) {
    long D = x.lastDim();
    return scale(RmsNormOp.apply(x, null, 0, eps / D), (float) (1 / Math.sqrt((double) D)));
  }

  /**
   * Mean over the positions of each sequence whose mask is not 0.
   *
   * @param x (B, T, D)
   * @param mask (B, T) i32
   * @return (B, D); zeros where no position is seen
   */
  public static Tensor meanOverTime(Tensor x, Tensor mask) {
    return MaskedMeanOp.apply(x, mask);
  }

  /** Sets elements to zero with this probability and divides the others by 1 - probability. */
  public static Tensor dropout(Tensor x, float probability, long seed) {
    return probability == 0 ? x : DropoutOp.apply(x, probability, seed);
  }

  /**
   * Products of each head with vectors that all positions share, as attention needs them for
   * learned scores by relative position.
   *
   * @param x (B, T, H, E)
   * @param vectors (1, N, H, E)
   * @return (B, H, T, N)
   */
  public static Tensor headProducts(Heads x, Heads vectors) {
    return HeadProductsOp.apply(x, vectors);
  }

  /**
   * Rotary positions, <b>in place</b>: x itself is rotated, so that nothing else may read it
   * unrotated.
   *
   * @param x heads of a tensor (B, T, width)
   * @return the same heads, rotated
   */
  public static Heads rotate(Heads x, Rotation rotation) {
    return RopeOp.apply(x, rotation);
  }

  /**
   * Scaled dot-product attention; keys and values may have room for more positions than S.
   *
   * @param q (B, T, H, E)
   * @param k (B, S, G, E)
   * @param v (B, S, G, V)
   * @return (B, T, H V)
   */
  public static Tensor attention(Heads q, Heads k, Heads v, AttentionArgs args) {
    return AttentionOp.apply(q, k, v, args);
  }

  /**
   * Runs part of a model with gradient checkpointing: only its result stays in memory. Where
   * gradients are needed, the inside is computed again in the backward pass (gradient
   * checkpointing, arXiv:1604.06174); the part must therefore compute the same each time it is run.
   *
   * @param x the only tracked operand besides parameters
   */
  public static Tensor contained(Tensor x, UnaryOperator<Tensor> part) {
    return CheckpointOp.apply(x, part);
  }
}
