package dev.rapt.nn.attention;

import dev.rapt.autograd.attention.Heads;
import dev.rapt.nn.EncoderOutput;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.nn.cache.KeyValue;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/**
 * Global attention of a recurrent decoder with the score "general": the context of a hidden state h
 * is the mean of the encoder's hidden states s, weighted by softmax(h' W s). One head, no scaling.
 * arXiv:1508.04025, section 3.1, equations 7 and 8.
 *
 * @param score W, (D, D)
 * @param attention weights of the sum
 */
public record LuongAttention(Linear score, Attention attention) {
  private static final int LAYER = 0; // there is one attention, above the last layer

  /** Creates attention between hidden states of this width, D. */
  public static LuongAttention of(Linear score, int size) {
    return new LuongAttention(score, Attention.of(LAYER, size).scaled(1));
  }

  /** Maps hidden states (B, T, D) of the decoder to their contexts (B, T, D). */
  public Tensor forward(Tensor h, Pass pass) {
    KvCache cache = pass.cache();
    KeyValue source =
        cache == null
            ? project(pass.encoderContext().output(), h.scope())
            : cache.source(LAYER, () -> project(pass.encoderContext().output(), h.scope()));
    return attention.crossAttend(oneHead(h), source.keys(), source.values(), pass);
  }

  private KeyValue project(EncoderOutput encoded, Scope scope) {
    Tensor source = encoded.hiddenIn(scope);
    return new KeyValue(oneHead(score.forward(source)), oneHead(source));
  }

  private static Heads oneHead(Tensor x) {
    return Heads.of(x, 1, Math.toIntExact(x.lastDim()));
  }
}
