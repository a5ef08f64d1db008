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
 * Self-attention with its projections. Grouped-query attention (GQA) where G key-value heads are
 * shared by more than G query heads.
 *
 * @param qNorm QK-norm of queries, or null
 * @param kNorm QK-norm of keys, or null
 * @param rope RoPE of queries and keys, or null for none
 * @param rotatesFirst whether RoPE comes before QK-norm
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
  /** Creates attention with QK-norm before RoPE, the usual order. */
  public SelfAttention(
      QkvProjection qkvProj,
      @Nullable HeadNorm qNorm,
      @Nullable HeadNorm kNorm,
      @Nullable Rope rope,
      Attention attention,
      Linear oProj) {
    this(qkvProj, qNorm, kNorm, rope, attention, oProj, false);
  }

  /** Creates attention without QK-norm. */
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

  /**
   * Returns gated attention: this attention whose output, before the output projection, is
   * multiplied by the sigmoid of a projection (D to H E) of its input.
   */
  public Layer withOutputGate(Linear gateProj) {
    return new Gated(this, gateProj);
  }

  /** Attention with an output gate. arXiv:2505.06708, section 2. */
  private record Gated(SelfAttention attention, Linear gateProj) implements Layer {
    @Override
    public Tensor forward(Tensor x, Pass pass) {
      Tensor gates = gateProj.forward(x); // (B, T, H E)
      Tensor gated = Ops.gate(gates, attention.attended(x, pass), Activation.SIGMOID);
      return attention.oProj.forward(gated);
    }
  }

  private Tensor attended(Tensor x, Pass pass) {
    if (pass.isRagged() && rope != null && rope.dependsOnLength()) {
      return pass.eachSequence(x, this::attended);
    }
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
