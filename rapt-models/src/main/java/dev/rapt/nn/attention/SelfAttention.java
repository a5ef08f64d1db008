package dev.rapt.nn.attention;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.attention.Rotation;
import dev.rapt.kernel.Activation;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Self-attention with its projections; G key-value heads are shared by H query heads.
 *
 * @param qNorm normalises queries, or null
 * @param kNorm normalises keys, or null
 * @param rope rotates queries and keys, or null where positions are told in another way
 * @param rotatesFirst whether queries and keys are rotated before they are normalised
 */
public record SelfAttention(
    QkvProjection qkvProj,
    @Nullable HeadNorm qNorm,
    @Nullable HeadNorm kNorm,
    @Nullable Rope rope,
    Attention attention,
    Linear oProj,
    boolean rotatesFirst)
    implements Layer {
  /** With norms before rotation, as nearly all have. */
  public SelfAttention(
      QkvProjection qkvProj,
      @Nullable HeadNorm qNorm,
      @Nullable HeadNorm kNorm,
      @Nullable Rope rope,
      Attention attention,
      Linear oProj) {
    this(qkvProj, qNorm, kNorm, rope, attention, oProj, false);
  }

  /** Without norms of queries and keys. */
  public SelfAttention(
      QkvProjection qkvProj, @Nullable Rope rope, Attention attention, Linear oProj) {
    this(qkvProj, null, null, rope, attention, oProj);
  }

  @Override
  public Tensor forward(Tensor x, Pass pass) {
    return oProj.forward(attended(x, pass)); // (B, T, H E) to (B, T, D)
  }

  @Override
  public Tensor addTo(Tensor stream, Tensor x, Pass pass) {
    return oProj.addTo(stream, attended(x, pass));
  }

  /** The same whose result is multiplied by sigmoids of a projection (D to H E) of its input. */
  public Layer withOutputGate(Linear gateProj) {
    return new Gated(this, gateProj);
  }

  /** arXiv:2505.06708, section 2. */
  private record Gated(SelfAttention attention, Linear gateProj) implements Layer {
    @Override
    public Tensor forward(Tensor x, Pass pass) {
      Tensor gates = gateProj.forward(x); // (B, T, H E)
      Tensor gated = Ops.gate(gates, attention.attended(x, pass), Activation.SIGMOID);
      return attention.oProj.forward(gated);
    }
  }

  private Tensor attended(Tensor x, Pass pass) {
    QkvProjection.Qkv qkv = qkvProj.project(x);
    Rotation rotation = rope == null ? null : pass.value(rope);
    if (rotation != null && rotatesFirst) {
      Heads q = normed(Ops.rotate(qkv.q(), rotation), qNorm);
      return attention.forward(
          q, normed(Ops.rotate(qkv.k(), rotation), kNorm), qkv.v(), null, pass);
    }
    return attention.forward(
        normed(qkv.q(), qNorm), normed(qkv.k(), kNorm), qkv.v(), rotation, pass); // (B, T, H E)
  }

  private static Heads normed(Heads x, @Nullable HeadNorm norm) {
    return norm == null ? x : norm.forward(x);
  }
}
