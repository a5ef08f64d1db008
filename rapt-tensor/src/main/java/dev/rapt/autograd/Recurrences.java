package dev.rapt.autograd;

import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Recurrent operations over time: causal convolution, linear attention, LSTM, selective scan and
 * WKV. A call continues from the state that an earlier call returned; it never modifies this
 * argument. Gradients flow from and to states of an LSTM, and to no others.
 */
public final class Recurrences {
  private Recurrences() {}

  /**
   * Causal depthwise convolution over time: each channel is convolved on its own and sees no later
   * input.
   *
   * @param x (B, T, C)
   * @param weight (C, K) or (C, 1, K); the last column belongs to the input of the same time
   * @param bias (C) f32, or null
   * @param state (B, K - 1, C), the inputs before the first; null for zeros
   * @return (B, T, C)
   */
  public static Tensor causalConv(
      Tensor x, Tensor weight, @Nullable Tensor bias, @Nullable Tensor state) {
    return CausalConvOp.apply(x, weight, bias, state);
  }

  /**
   * Returns the state with which {@link #causalConv} continues after x.
   *
   * @param x (B, T, C), the inputs of this call
   * @param kernelSize K
   * @param state (B, K - 1, C) of the previous call, or null
   * @return (B, K - 1, C)
   */
  public static Tensor causalConvState(Tensor x, long kernelSize, @Nullable Tensor state) {
    return CausalConvOp.nextState(x, kernelSize, state);
  }

  /**
   * The result of a recurrent operation.
   *
   * @param out output for each position
   * @param state the state with which the next call starts
   */
  public record Outcome(Tensor out, Tensor state) {}

  /**
   * Gated linear attention: each head carries a state matrix S over time, S' = exp(logDecay) S,
   * then S = S' + k u^T and out = S^T q. With beta, u = beta (v - S'^T k), the gated delta rule
   * (arXiv:2412.06464). Without beta, u = v, as in Mamba-2 (arXiv:2405.21060), where v is dt x, k
   * is B, q is C and logDecay is dt A. The caller scales q.
   *
   * @param q (B, T, H, E)
   * @param k (B, T, H, E)
   * @param v (B, T, H, V)
   * @param logDecay (B, T, H), not positive
   * @param beta (B, T, H), or null
   * @param state (B, H, E, V) f32, S before the first position; null for zeros
   * @return out (B, T, H, V) and the last S
   */
  public static Outcome linearAttention(
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor logDecay,
      @Nullable Tensor beta,
      @Nullable Tensor state) {
    return LinearAttentionOp.apply(q, k, v, logDecay, beta, state);
  }

  /**
   * Weights of an LSTM, as torch.nn.LSTM has them: the rows of each are those of the gates i
   * (input), f (forget), g (cell) and o (output), H of each.
   *
   * @param input (4H, I), {@code weight_ih}
   * @param hidden (4H, H), {@code weight_hh}
   * @param inputBias (4H) f32, {@code bias_ih}
   * @param hiddenBias (4H) f32, {@code bias_hh}
   */
  public record LstmWeights(Tensor input, Tensor hidden, Tensor inputBias, Tensor hiddenBias) {}

  /**
   * LSTM, one layer in one direction: with [i, f, g, o] = input x + inputBias + hidden h +
   * hiddenBias, c = sigmoid(f) c + sigmoid(i) tanh(g) and h = sigmoid(o) tanh(c). Hochreiter and
   * Schmidhuber 1997, with the forget gate of Gers et al. 2000. Padding leaves the state as it is,
   * so that a sequence gives the same with and without padding, in both directions.
   *
   * @param x (B, T, I), at least one position
   * @param mask (B, T) i32, 0 for padding, whose output is 0; null without padding
   * @param state (B, 2, H) f32, h and c before the first position; null for zeros
   * @param reverse whether the last position comes first
   * @return out (B, T, H), h after each position, and the last h and c
   */
  public static Outcome lstm(
      Tensor x,
      LstmWeights weights,
      @Nullable Tensor mask,
      @Nullable Tensor state,
      boolean reverse) {
    return LstmOp.apply(x, weights, mask, state, reverse);
  }

  /**
   * Selective scan of Mamba: h = exp(dt a) h + dt b x, out = c h, where each channel has a state h
   * of N numbers. arXiv:2312.00752.
   *
   * @param x (B, T, C)
   * @param dt (B, T, C), positive
   * @param a (C, N) f32, negative
   * @param b (B, T, N)
   * @param c (B, T, N)
   * @param state (B, C, N) f32, h before the first position; null for zeros
   * @return out (B, T, C) and the last h
   */
  public static Outcome selectiveScan(
      Tensor x, Tensor dt, Tensor a, Tensor b, Tensor c, @Nullable Tensor state) {
    return SelectiveScanOp.apply(x, dt, a, b, c, state);
  }

  /**
   * The WKV operation of RWKV: an exponentially decaying weighted mean of the values so far, in
   * which the current value has a separate weight. arXiv:2305.13048, section 3.1.
   *
   * @param k (B, T, C)
   * @param v (B, T, C)
   * @param decay (C) f32; a step multiplies earlier weights by exp(-exp(decay))
   * @param first (C) f32, added to the key of the current value
   * @param mask (B, T) i32, 0 for padding, which does not enter the mean; null without padding
   * @param state (B, 2, C) f64, sums before the first position; null for zeros
   * @return out (B, T, C) and the last sums
   */
  public static Outcome wkv(
      Tensor k,
      Tensor v,
      Tensor decay,
      Tensor first,
      @Nullable Tensor mask,
      @Nullable Tensor state) {
    return WkvOp.apply(k, v, decay, first, mask, state);
  }
}
