package dev.rapt.model.decoder;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Recurrences;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.LayerPart;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.ResidualBlock;
import dev.rapt.nn.block.Stack;
import dev.rapt.nn.recurrent.CausalConv;
import dev.rapt.nn.recurrent.Decay;
import dev.rapt.nn.recurrent.RecurrentStack;
import dev.rapt.nn.recurrent.StateSlot;
import dev.rapt.tensor.Tensor;

/**
 * Mamba: a decoder whose blocks are selective state-space models (SSM), without attention and
 * without an MLP. Pre-norm with RMSNorm. Mamba, arXiv:2312.00752, section 3.
 *
 * <pre>
 * x = embedding[ids]                                     (B, T, D)
 * L times:
 *   x = x + mixer(norm(x))                               (B, T, D)
 * logits = head(norm(x))                                 (B, T, V)
 *
 * mixer(h): u, z = h Win                                 (B, T, C) each, C = expand D
 *           u = silu(conv(u))                            causal depthwise convolution, width K
 *           r, b, c = u Wx                               (B, T, R), (B, T, N), (B, T, N)
 *           dt = softplus(r Wdt + bias)                  (B, T, C)
 *           s = exp(dt a) s + dt b u, y = c s + d u      state s (B, C, N), a = -exp(A_log)
 *           (silu(z) * y) Wout                           (B, T, C) to (B, T, D)
 * </pre>
 *
 * {@link Mamba2} shares {@link Sizes} and everything around the mixer.
 */
public final class Mamba {
  /** {@code mamba}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("mamba", "MambaForCausalLM", "backbone", Config::parse, Mamba::build);

  /**
   * Sizes that Mamba and Mamba-2 have in common.
   *
   * @param vocabSize V
   * @param hiddenSize D
   * @param numLayers L
   * @param innerSize C, channels inside a block
   * @param stateSize N, size of the state of each channel
   * @param kernelSize K, width of the causal convolution in positions
   * @param normEps epsilon of every norm
   * @param activation after the convolution
   * @param bias whether the projections into and out of a block have biases
   * @param convBias whether the convolution has a bias
   * @param tiedHead whether the head shares the token embedding's weight
   * @param initStd standard deviation of new weights
   */
  public record Sizes(
      int vocabSize,
      int hiddenSize,
      int numLayers,
      int innerSize,
      int stateSize,
      int kernelSize,
      float normEps,
      Activation activation,
      boolean bias,
      boolean convBias,
      boolean tiedHead,
      double initStd) {

    /**
     * Reads the sizes.
     *
     * @param tiedByDefault whether the head is tied where the file does not say
     */
    static Sizes parse(ConfigReader json, boolean tiedByDefault) {
      int hiddenSize = json.requireInt("hidden_size", 1, Integer.MAX_VALUE);
      return new Sizes(
          json.requireInt("vocab_size", 1, Integer.MAX_VALUE),
          hiddenSize,
          json.requireInt("num_hidden_layers", 1, Integer.MAX_VALUE),
          (int) (json.positiveOr("expand", 2) * hiddenSize),
          json.requireInt("state_size", 1, Integer.MAX_VALUE),
          json.intOr("conv_kernel", 4, 1, 1 << 16),
          json.epsilonOr("layer_norm_epsilon", 1e-5),
          Activations.read(json, "hidden_act", "silu"),
          json.boolOr("use_bias", false),
          json.boolOr("use_conv_bias", true),
          json.boolOr("tie_word_embeddings", tiedByDefault),
          json.atLeastZeroOr("initializer_range", 0.1));
    }
  }

  /** Configuration of a decoder of state-space layers: no attention, any number of positions. */
  public sealed interface StateSpaceConfig extends CausalConfig permits Config, Mamba2.Config {
    /** The sizes. */
    Sizes sizes();

    @Override
    default int vocabSize() {
      return sizes().vocabSize();
    }

    @Override
    default int hiddenSize() {
      return sizes().hiddenSize();
    }

    @Override
    default int numLayers() {
      return sizes().numLayers();
    }

    /** 0: the model has no attention. */
    @Override
    default int numHeads() {
      return 0;
    }

    /** 0: the model has no attention. */
    @Override
    default int headDim() {
      return 0;
    }

    @Override
    default int maxPositions() {
      return Integer.MAX_VALUE;
    }

    @Override
    default boolean endsAtMaxPositions() {
      return false;
    }

    @Override
    default boolean tiedHead() {
      return sizes().tiedHead();
    }

    @Override
    default double initStd() {
      return sizes().initStd();
    }
  }

  /**
   * Configuration of Mamba.
   *
   * @param stepRank R, rank of the projection to step sizes dt
   */
  public record Config(Sizes sizes, int stepRank) implements StateSpaceConfig {
    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      Sizes sizes = Sizes.parse(json, true);
      int sixteenth = (sizes.hiddenSize() + 15) / 16;
      boolean auto = json.json().path("time_step_rank").isString();
      return new Config(
          sizes, auto ? sixteenth : json.intOr("time_step_rank", sixteenth, 1, Integer.MAX_VALUE));
    }

    @Override
    public String modelType() {
      return "mamba";
    }
  }

  private static final int SCAN_SITE = 1; // of the recurrent state; the convolution has 0

  private final Config config;
  private final Sizes sizes;

  private Mamba(Config config) {
    this.config = config;
    sizes = config.sizes();
  }

  /** Builds the model without its head from the parameters under {@code backbone}. */
  public static Backbone build(Config config, ParameterSource source) {
    return decoder(config.sizes(), new Mamba(config)::mixer, source);
  }

  /** Embeddings, the mixers with pre-norm, and the final norm, for Mamba and Mamba-2. */
  static Backbone decoder(Sizes sizes, LayerPart mixer, ParameterSource source) {
    int D = sizes.hiddenSize();
    return new RecurrentStack(
        Embeddings.of(
            Embedding.ofTokens(source.at("embeddings"), sizes.vocabSize(), D, sizes.initStd())),
        Stack.blocks(
            sizes.numLayers(),
            source.at("layers"),
            (layer, block) ->
                new ResidualBlock(
                    Norm.RmsNorm.of(block.at("norm"), D, sizes.normEps()),
                    mixer.build(layer, block.at("mixer")),
                    Residual.of(layer, 0))),
        Norm.RmsNorm.of(source.at("norm_f"), D, sizes.normEps()));
  }

  private Layer mixer(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    int C = sizes.innerSize();
    int N = sizes.stateSize();
    int R = config.stepRank();
    return new Mixer(
        config,
        Linear.of(source.at("in_proj"), D, 2L * C, sizes.bias(), sizes.initStd()),
        CausalConv.of(layer, source.at("conv1d"), C, sizes.kernelSize(), sizes.convBias()),
        Linear.of(source.at("x_proj"), C, R + 2L * N, false, sizes.initStd()),
        Linear.of(source.at("dt_proj"), R, C, true, sizes.initStd()),
        Decay.of(source, "A_log", C, N),
        source.get("D", Init.ONES, C),
        Linear.of(source.at("out_proj"), C, D, sizes.bias(), sizes.initStd()),
        new StateSlot(layer, SCAN_SITE));
  }

  /** The Mamba block of figure 3; its forward pass is the mixer in the class description. */
  private record Mixer(
      Config config,
      Linear inProj,
      CausalConv conv,
      Linear xProj,
      Linear dtProj,
      Decay decay,
      Parameter skip,
      Linear outProj,
      StateSlot state)
      implements Layer {

    @Override
    public Tensor forward(Tensor x, Pass pass) {
      if (pass.isRagged()) {
        return pass.eachSequence(x, this::forward);
      }
      int C = config.sizes().innerSize();
      int N = config.sizes().stateSize();
      int R = config.stepRank();
      Tensor uz = inProj.forward(pass.zeroPadding(x)); // (B, T, 2 C)
      Tensor convolved = conv.forward(Ops.columns(uz, 0, C), pass); // (B, T, C)
      Tensor u = pass.zeroPadding(Ops.activate(convolved, config.sizes().activation()));
      Tensor rbc = xProj.forward(u); // (B, T, R + 2 N)
      Tensor dt = Ops.activate(dtProj.forward(Ops.columns(rbc, 0, R)), Activation.SOFTPLUS);
      Recurrences.Outcome scan =
          Recurrences.selectiveScan(
              u,
              dt,
              decay.rates(u.scope()),
              Ops.columns(rbc, R, N),
              Ops.columns(rbc, R + N, N),
              state.read(pass)); // (B, T, C)
      Tensor y = Ops.add(state.keep(scan, pass), Ops.multiply(u, skip.value()));
      return outProj.forward(Ops.gate(Ops.columns(uz, C, C), y, Activation.SILU));
    }
  }
}
