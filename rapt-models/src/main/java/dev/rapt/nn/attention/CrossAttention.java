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
 * Cross-attention of a decoder to the encoder output. Its keys and values are computed once and
 * kept in the KV cache. arXiv:1706.03762, section 3.2.3.
 *
 * @param numHeads H, number of query heads
 * @param numKvHeads G, number of key-value heads
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
  /** Creates cross-attention with as many key-value heads as query heads. */
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
    if (pass.isRagged()) {
      return pass.eachSequence(x, this::attended);
    }
    Heads q = Heads.of(qProj.forward(x), numHeads, headDim); // (B, T, H, E)
    KvCache cache = pass.cache();
    KeyValue source =
        cache == null
            ? project(pass.encoderContext().output(), x.scope())
            : cache.source(
                attention.layer(), () -> project(pass.encoderContext().output(), x.scope()));
    return attention.crossAttend(q, source.keys(), source.values(), pass); // (B, T, H E)
  }

  private KeyValue project(EncoderOutput encoded, Scope scope) {
    Tensor source = encoded.hiddenIn(scope);
    return new KeyValue(
        Heads.of(kProj.forward(source), numKvHeads, headDim),
        Heads.of(vProj.forward(source), numKvHeads, headDim));
  }
}
