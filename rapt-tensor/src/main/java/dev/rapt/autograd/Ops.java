package dev.rapt.autograd;

import dev.rapt.kernel.Activation;
import dev.rapt.tensor.Tensor;
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

  /** x + y, of one shape. */
  public static Tensor add(Tensor x, Tensor y) {
    return AddOp.apply(x, y);
  }

  /** factor x. */
  public static Tensor scale(Tensor x, float factor) {
    return ScaleOp.apply(x, factor);
  }

  /** f(x), element by element. */
  public static Tensor activate(Tensor x, Activation f) {
    return f == Activation.IDENTITY ? x : ActivationOp.apply(x, f);
  }

  /** f(gate) up, element by element: the inside of a gated MLP. */
  public static Tensor gate(Tensor gate, Tensor up, Activation f) {
    return GateOp.apply(gate, up, f);
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
    return LinearOp.apply(x, weight, bias, inputMajor);
  }

  /**
   * Rows of a table.
   *
   * @param table (V, D)
   * @param ids i32, each in [0, V)
   * @return (shape of ids..., D), in the type of the table
   */
  public static Tensor embedding(Tensor table, Tensor ids) {
    return EmbeddingOp.apply(table, ids);
  }

  /** Layer norm over the last dimension. */
  public static Tensor layerNorm(
      Tensor x, @Nullable Tensor weight, @Nullable Tensor bias, float eps) {
    return LayerNormOp.apply(x, weight, bias, eps);
  }

  /** RMS norm over the last dimension; weightOffset is added to every weight. */
  public static Tensor rmsNorm(Tensor x, @Nullable Tensor weight, float weightOffset, float eps) {
    return RmsNormOp.apply(x, weight, weightOffset, eps);
  }

  /** Sets elements to zero with this probability and divides the others by 1 - probability. */
  public static Tensor dropout(Tensor x, float probability, long seed) {
    return probability == 0 ? x : DropoutOp.apply(x, probability, seed);
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
   * Mean cross entropy of logits against targets, over the targets that are not -100.
   *
   * @param logits (..., V), f32
   * @param targets i32, one for each row of logits
   * @param smoothing label smoothing in [0, 1)
   * @return a scalar, f32
   */
  public static Tensor crossEntropy(Tensor logits, Tensor targets, float smoothing) {
    return CrossEntropyOp.apply(logits, targets, smoothing);
  }

  /**
   * The mean cross entropy of {@code linear(x, weight, null, false)} against targets, computed and
   * differentiated a few rows at a time, so that the logits (rows, V) never exist as a whole.
   *
   * @param x (..., D)
   * @param weight (V, D)
   * @param targets i32, one for each row of x; -100 is left out
   * @param denominator what the sum of losses is divided by; 0 for the number of targets that are
   *     not -100
   * @return a scalar, f32
   */
  public static Tensor linearCrossEntropy(
      Tensor x, Tensor weight, Tensor targets, float smoothing, long denominator) {
    return LinearCrossEntropyOp.apply(x, weight, targets, smoothing, denominator);
  }

  /**
   * Runs a part of a model so that only its result stays in memory. Where gradients are wanted, the
   * inside is computed again in the backward pass (gradient checkpointing, arXiv:1604.06174); the
   * part must therefore compute the same each time it is run.
   *
   * @param x the only tracked operand besides parameters
   */
  public static Tensor contained(Tensor x, UnaryOperator<Tensor> part) {
    return CheckpointOp.apply(x, part);
  }
}
