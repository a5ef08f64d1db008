package dev.rapt.nn;

import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Self-attention with its projections; G key-value heads are shared by H query heads.
 *
 * @param qNorm normalises queries, or null
 * @param kNorm normalises keys, or null
 * @param rope rotates queries and keys, or null where positions are told in another way
 */
public record SelfAttention(
    QkvProjection qkvProj,
    @Nullable HeadNorm qNorm,
    @Nullable HeadNorm kNorm,
    @Nullable Rope rope,
    Attention attention,
    Linear oProj)
    implements Layer {
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

  private Tensor attended(Tensor x, Pass pass) {
    QkvProjection.Qkv qkv = qkvProj.project(x);
    return attention.forward(
        qNorm == null ? qkv.q() : qNorm.forward(qkv.q()),
        kNorm == null ? qkv.k() : kNorm.forward(qkv.k()),
        qkv.v(),
        rope == null ? null : pass.rotation(rope),
        pass); // (B, T, H E)
  }
}
