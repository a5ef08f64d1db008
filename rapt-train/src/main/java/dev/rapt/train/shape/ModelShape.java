package dev.rapt.train.shape;

import dev.rapt.kernel.Activation;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.FreshConfig;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.decoder.Decoder;
import dev.rapt.model.decoder.Gpt2;
import dev.rapt.model.decoder.Llama;
import dev.rapt.model.decoder.PositionEncoding;
import dev.rapt.nn.Norm;
import dev.rapt.nn.attention.RopeScaling;

/**
 * The architecture of a decoder in terms of its parts. Where a published family has this
 * combination of parts, the model is of that family, so that other libraries load its folder; all
 * others become a decoder of Rapt's own.
 *
 * @param layers number of blocks
 * @param width width of the residual stream
 * @param heads query heads
 * @param kvHeads key-value heads
 * @param mlpWidth width inside the MLP
 * @param context longest sequence, in tokens
 * @param positions position encoding
 * @param ropeTheta base of the RoPE frequencies
 * @param window size of the sliding window in keys; 0 for full attention
 * @param alternating whether only every second layer has the sliding window
 * @param norm LayerNorm or RMSNorm
 * @param postNorm whether blocks are post-norm instead of pre-norm
 * @param activation activation of the MLP
 * @param gated whether the MLP has a gate, as SwiGLU has
 * @param bias whether linear layers have biases
 * @param tied whether the head shares the token embedding
 * @param dropout probability in training, applied where the reference of the family drops: in
 *     Llama's shape to attention weights; in GPT-2's, and in shapes that no family has, to
 *     embeddings, attention weights and what attention and MLP add
 */
public record ModelShape(
    int layers,
    int width,
    int heads,
    int kvHeads,
    int mlpWidth,
    int context,
    PositionEncoding positions,
    double ropeTheta,
    int window,
    boolean alternating,
    Norm.Kind norm,
    boolean postNorm,
    Activation activation,
    boolean gated,
    boolean bias,
    boolean tied,
    float dropout) {
  private static final float LAYER_NORM_EPS = 1e-5f;

  /** Largest number of layers. */
  public static final int MOST_LAYERS = 10_000;

  /** Largest width, number of heads and context length: products of such sizes fit 63 bits. */
  public static final int LARGEST = 1 << 24;

  public ModelShape {
    require("layers", layers);
    if (layers > MOST_LAYERS) {
      throw new IllegalArgumentException(
          "layers: must be at most %d, got %d".formatted(MOST_LAYERS, layers));
    }
    require("width", width);
    require("heads", heads);
    require("key-value heads", kvHeads);
    require("MLP width", mlpWidth);
    require("context", context);
    if (width % heads != 0) {
      throw new IllegalArgumentException(
          "heads: must divide the width, got %d heads and width %d; try %d heads"
              .formatted(heads, width, nearestDivisor(width, heads)));
    }
    if (heads % kvHeads != 0) {
      throw new IllegalArgumentException(
          "key-value heads: must divide the heads, got %d and %d heads; try %d"
              .formatted(kvHeads, heads, nearestDivisor(heads, kvHeads)));
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout: must be in [0, 1), got " + dropout);
    }
    if (!(ropeTheta > 0 && Double.isFinite(ropeTheta))) {
      throw new IllegalArgumentException("RoPE theta: must be above 0, got " + ropeTheta);
    }
    if (window < 0) {
      throw new IllegalArgumentException("window: must be at least 0, got " + window);
    }
    if (positions == PositionEncoding.ROPE && width / heads % 2 != 0) {
      throw new IllegalArgumentException(
          "positions: RoPE needs heads of even width, got " + width / heads);
    }
  }

  private static void require(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + ": must be at least 1, got " + value);
    }
    if (value > LARGEST) {
      throw new IllegalArgumentException(name + ": must be at most " + LARGEST + ", got " + value);
    }
  }

  private static int nearestDivisor(int number, int wanted) {
    int best = 1;
    for (int d = 1; d <= number; d++) {
      if (number % d == 0 && Math.abs(d - wanted) < Math.abs(best - wanted)) {
        best = d;
      }
    }
    return best;
  }

  /** The shape of GPT-2: learned positions, LayerNorm, pre-norm, GELU, biases, tied head. */
  public static ModelShape gpt2(int layers, int width, int heads, int context) {
    return new ModelShape(
        layers,
        width,
        heads,
        heads,
        4 * width,
        context,
        PositionEncoding.LEARNED,
        10_000,
        0,
        false,
        Norm.Kind.LAYER,
        false,
        Activation.GELU_TANH,
        false,
        true,
        true,
        0);
  }

  /**
   * The shape of GPT-3: GPT-2's with 2048 positions and a sliding window in every second layer.
   * arXiv:2005.14165, section 2.1, does not give the size of the window; it is 256, as in GPT-Neo.
   */
  public static ModelShape gpt3(int layers, int width, int heads) {
    return gpt2(layers, width, heads, 2048).withAlternatingWindow(256);
  }

  /** Returns a copy with a sliding window of this many keys in every second layer. */
  private ModelShape withAlternatingWindow(int keys) {
    return new ModelShape(
        layers,
        width,
        heads,
        kvHeads,
        mlpWidth,
        context,
        positions,
        ropeTheta,
        keys,
        true,
        norm,
        postNorm,
        activation,
        gated,
        bias,
        tied,
        dropout);
  }

  /** The shape of Llama: RoPE, RMSNorm, pre-norm, SwiGLU, no biases; the head is tied. */
  public static ModelShape llama(
      int layers, int width, int heads, int kvHeads, int mlpWidth, int context) {
    return new ModelShape(
        layers,
        width,
        heads,
        kvHeads,
        mlpWidth,
        context,
        PositionEncoding.ROPE,
        10_000,
        0,
        false,
        Norm.Kind.RMS,
        false,
        Activation.SILU,
        true,
        false,
        true,
        0);
  }

  /** The configuration of a model with this vocabulary size. */
  public FreshConfig config(int vocabSize) {
    DecoderSizes sizes =
        DecoderSizes.of(vocabSize, width, layers, heads, kvHeads, mlpWidth, context, tied);
    RopeConfig rope = new RopeConfig(ropeTheta, new RopeScaling.None());
    if (isGpt2()) {
      return new Gpt2.Config(sizes, activation, LAYER_NORM_EPS, true, false, Dropouts.all(dropout));
    }
    if (isLlama()) {
      return new Llama.Config(sizes, activation, LAYER_NORM_EPS, rope, bias, bias, dropout);
    }
    return new Decoder.Config(
        sizes,
        positions,
        Decoder.Config.kinds(
            layers, positions == PositionEncoding.ROPE ? rope : null, window, alternating),
        norm,
        postNorm,
        LAYER_NORM_EPS,
        activation,
        gated,
        bias,
        dropout);
  }

  /** Whether a published family has this combination of parts, so that other libraries load it. */
  public boolean isPublished() {
    return isGpt2() || isLlama();
  }

  private boolean isGpt2() {
    return positions == PositionEncoding.LEARNED
        && norm == Norm.Kind.LAYER
        && !postNorm
        && !gated
        && bias
        && kvHeads == heads
        && window == 0;
  }

  private boolean isLlama() {
    return positions == PositionEncoding.ROPE
        && norm == Norm.Kind.RMS
        && !postNorm
        && gated
        && window == 0;
  }
}
