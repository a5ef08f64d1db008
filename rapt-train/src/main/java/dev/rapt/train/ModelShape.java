package dev.rapt.train;

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
 * A decoder as people describe it. It becomes a published family where one has this combination, so
 * that its folder loads everywhere, else a decoder put together from parts.
 *
 * @param layers number of blocks
 * @param width of the residual stream
 * @param heads query heads
 * @param kvHeads key-value heads
 * @param mlpWidth width inside the MLP
 * @param context most positions
 * @param positions how order is told
 * @param ropeTheta base of the rotary frequencies
 * @param window keys a query looks back over; 0 for all
 * @param alternating whether only every second layer has the window
 * @param norm which normalisation
 * @param postNorm whether sums are normalised instead of inputs
 * @param activation of the MLP
 * @param gated whether the MLP has a gate
 * @param bias whether linear layers have biases
 * @param tied whether the head reads the token embedding
 * @param dropout probability, in training
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
  private static final int MOST_LAYERS = 10_000;

  /** Products of sizes up to this fit 63 bits. */
  private static final int LARGEST = 1 << 24;

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
    if (positions == PositionEncoding.ROPE && width / heads % 2 != 0) {
      throw new IllegalArgumentException(
          "positions: rope needs heads of even width, got " + width / heads);
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

  /** GPT-2's choices. */
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
   * GPT-3's choices: GPT-2's, with windows in every second layer. arXiv:2005.14165, section 2.1,
   * which does not say how wide they are: 256 keys, as in GPT-Neo.
   */
  public static ModelShape gpt3(int layers, int width, int heads) {
    return new ModelShape(
        layers,
        width,
        heads,
        heads,
        4 * width,
        2048,
        PositionEncoding.LEARNED,
        10_000,
        256,
        true,
        Norm.Kind.LAYER,
        false,
        Activation.GELU_TANH,
        false,
        true,
        true,
        0);
  }

  /** Llama's choices, with a tied head as small models of its kind have. */
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

  /** The configuration of a model for this many tokens. */
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

  /** Whether a published family has this combination, so that other libraries can load it. */
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
