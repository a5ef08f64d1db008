package dev.rapt.nn.attention;

import dev.rapt.autograd.attention.Heads;
import dev.rapt.nn.EncoderOutput;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.nn.cache.KeyValue;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/**
 * Attention of a decoder to what its encoder put out. Keys and values are computed once for a
 * generation and kept in its cache. arXiv:1706.03762, section 3.2.3.
 *
 * @param numHeads heads of queries
 * @param numKvHeads heads of keys and values
 */
public record CrossAttention(
    Linear qProj,
    Linear kProj,
    Linear vProj,
    int numHeads,
    int numKvHeads,
    int headDim,
    Attention attention,
    Linear oProj)
    implements Layer {
  /** With as many heads of keys and values as of queries. */
  public CrossAttention(
      Linear qProj,
      Linear kProj,
      Linear vProj,
      int numHeads,
      int headDim,
      Attention attention,
      Linear oProj) {
    this(qProj, kProj, vProj, numHeads, numHeads, headDim, attention, oProj);
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
    Heads q = Heads.of(qProj.forward(x), numHeads, headDim); // (B, T, H, E)
    KvCache cache = pass.cache();
    KeyValue source =
        cache == null
            ? project(pass.encoderContext().output(), x.scope())
            : cache.source(attention.layer(), () -> project(pass.encoderContext().output(), x.scope()));
    return attention.crossAttend(q, source.keys(), source.values(), pass); // (B, T, H E)
  }

  /**
   * Keys and values in the scope of the queries, which may be inside that of the encoder's output.
   */
  private KeyValue project(EncoderOutput encoded, Scope scope) {
    Tensor source = encoded.hidden();
    if (!source.scope().equals(scope)) {
      source = source.shadow(scope.alias(source));
    }
    return new KeyValue(
        Heads.of(kProj.forward(source), numKvHeads, headDim),
        Heads.of(vProj.forward(source), numKvHeads, headDim));
  }
}
