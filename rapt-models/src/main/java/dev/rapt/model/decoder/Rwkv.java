package dev.rapt.model.decoder;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Recurrences;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.family.Family;
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
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.nn.recurrent.RecurrentStack;
import dev.rapt.nn.recurrent.StateSlot;
import dev.rapt.tensor.Tensor;

/**
 * RWKV-4: a pre-norm recurrent decoder with LayerNorm; time mixing (the WKV operator) takes the
 * place of attention, and channel mixing that of the MLP. RWKV, arXiv:2305.13048, section 3.
 *
 * <pre>
 * x = norm(embedding[ids])                               (B, T, D)
 * L times:
 *   x = x + timeMixing(norm(x))                          (B, T, D)
 *   x = x + channelMixing(norm(x))                       (B, T, D)
 * logits = head(norm(x))                                 (B, T, V)
 *
 * shift_m(h)[t]     = h[t - 1] + m (h[t] - h[t - 1])     token shift with a learned mix m (D)
 * timeMixing(h):      r, k, v = shift_r(h) Wr, shift_k(h) Wk, shift_v(h) Wv        (B, T, A)
 *                     (sigmoid(r) * wkv(k, v)) Wo        (B, T, A) to (B, T, D)
 * wkv(k, v)[t]      = sum of w_i v[i] / sum of w_i, w_i = exp(k[i] - (t - 1 - i) exp(decay)) for
 *                     i before t, and w_t = exp(first + k[t])
 * channelMixing(h):   sigmoid(shift_r(h) Wr) * (relu(shift_k(h) Wk)^2 Wv)          (B, T, D)
 * </pre>
 *
 * Padding does not enter the states, unlike in the Python library. {@code rescale_every}, which
 * halves the residual stream every few layers to stay in the range of f16, has no effect in f32 and
 * is not applied.
 */
public final class Rwkv {
  /** {@code rwkv}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("rwkv", "RwkvForCausalLM", "rwkv", Config::parse, Rwkv::build);

  /**
   * Configuration of RWKV-4.
   *
   * @param attentionSize A, width of the keys and values of time mixing
   * @param intermediateSize F, width inside channel mixing
   * @param contextLength trained context length; longer inputs are allowed
   */
  public record Config(
      int vocabSize,
      int hiddenSize,
      int numLayers,
      int attentionSize,
      int intermediateSize,
      int contextLength,
      float normEps,
      boolean tiedHead,
      double initStd)
      implements CausalConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      int hiddenSize = json.requireInt("hidden_size", 1, Integer.MAX_VALUE / 4);
      return new Config(
          json.requireInt("vocab_size", 1, Integer.MAX_VALUE),
          hiddenSize,
          json.requireInt("num_hidden_layers", 1, Integer.MAX_VALUE),
          json.intOr("attention_hidden_size", hiddenSize, 1, Integer.MAX_VALUE),
          json.intOr("intermediate_size", 4 * hiddenSize, 1, Integer.MAX_VALUE),
          json.intOr("context_length", 1024, 1, Integer.MAX_VALUE),
          json.epsilonOr("layer_norm_epsilon", 1e-5),
          json.boolOr("tie_word_embeddings", false),
          json.atLeastZeroOr("initializer_range", 0.02));
    }

    @Override
    public String modelType() {
      return "rwkv";
    }

    /** 0: the model has no attention. */
    @Override
    public int numHeads() {
      return 0;
    }

    /** 0: the model has no attention. */
    @Override
    public int headDim() {
      return 0;
    }

    @Override
    public int maxPositions() {
      return contextLength;
    }

    @Override
    public boolean endsAtMaxPositions() {
      return false;
    }

    @Override
    public HeadRule head() {
      return HeadRule.named("head");
    }
  }

  /** Epsilon of the final norm, whatever the configuration says. */
  private static final float FINAL_NORM_EPS = 1e-5f;

  // Numbers of the states of a block.
  private static final int TIME_MIX_SHIFT = 0;
  private static final int WKV_SUMS = 1;
  private static final int CHANNEL_MIX_SHIFT = 2;

  private final Config config;

  private Rwkv(Config config) {
    this.config = config;
  }

  /** Builds the model without its head from the parameters under {@code rwkv}. */
  public static Backbone build(Config config, ParameterSource source) {
    Rwkv rwkv = new Rwkv(config);
    ParameterSource blocks = source.at("blocks");
    int D = config.hiddenSize();
    return new RecurrentStack(
        Embeddings.of(
                Embedding.ofTokens(
                    source.at("embeddings"), config.vocabSize(), D, config.initStd()))
            .withNorm(rwkv.norm(blocks.at("0").at("pre_ln"))),
        Stack.blocks(config.numLayers(), blocks, rwkv::block),
        Norm.LayerNorm.of(source.at("ln_out"), D, FINAL_NORM_EPS, true));
  }

  private Norm norm(ParameterSource source) {
    return Norm.LayerNorm.of(source, config.hiddenSize(), config.normEps(), true);
  }

  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm(source.at("ln1")),
        timeMixing(layer, source.at("attention")),
        norm(source.at("ln2")),
        channelMixing(layer, source.at("feed_forward")),
        Residual.of(layer, 0));
  }

  private TimeMixing timeMixing(int layer, ParameterSource source) {
    int D = config.hiddenSize();
    int A = config.attentionSize();
    double std = config.initStd();
    return new TimeMixing(
        shift(layer, TIME_MIX_SHIFT, source),
        mix(source, "time_mix_key"),
        mix(source, "time_mix_value"),
        mix(source, "time_mix_receptance"),
        Linear.of(source.at("key"), D, A, false, std),
        Linear.of(source.at("value"), D, A, false, std),
        Linear.of(source.at("receptance"), D, A, false, std),
        source.get("time_decay", Init.ZEROS, A),
        source.get("time_first", Init.ZEROS, A),
        Linear.of(source.at("output"), A, D, false, std),
        new StateSlot(layer, WKV_SUMS));
  }

  private ChannelMixing channelMixing(int layer, ParameterSource source) {
    int D = config.hiddenSize();
    int F = config.intermediateSize();
    double std = config.initStd();
    return new ChannelMixing(
        shift(layer, CHANNEL_MIX_SHIFT, source),
        mix(source, "time_mix_key"),
        mix(source, "time_mix_receptance"),
        Linear.of(source.at("key"), D, F, false, std),
        Linear.of(source.at("receptance"), D, D, false, std),
        Linear.of(source.at("value"), F, D, false, std));
  }

  private Parameter mix(ParameterSource source, String name) {
    return source.get(name, new Init.Constant(0.5f), 1, 1, config.hiddenSize());
  }

  private TokenShift shift(int layer, int site, ParameterSource source) {
    int D = config.hiddenSize();
    float[] previousOnly = new float[2 * D];
    for (int i = 0; i < D; i++) {
      previousOnly[2 * i] = 1;
    }
    return new TokenShift(source.constant(previousOnly, D, 2), new StateSlot(layer, site));
  }

  /**
   * Token shift, section 3.1.1: interpolation between the input of a position and of the one
   * before.
   *
   * @param previousOnly (D, 2), causal convolution that moves inputs by one position
   * @param last slot of the last input
   */
  private record TokenShift(Tensor previousOnly, StateSlot last) {
    /**
     * Input of the previous position, and change to the present one.
     *
     * @param previous (B, T, D)
     * @param change (B, T, D)
     */
    record Shifted(Tensor previous, Tensor change) {
      /** Returns previous + mix * change, (B, T, D). */
      Tensor mixed(Parameter mix) {
        return Ops.add(previous, Ops.multiply(change, mix.value().reshape(previous.lastDim())));
      }
    }

    Shifted of(Tensor input, Pass pass) {
      Tensor x = pass.zeroPadding(input);
      Tensor state = last.read(pass);
      Tensor previous = Recurrences.causalConv(x, previousOnly, null, state);
      last.keepInputs(x, 2, pass);
      return new Shifted(previous, Ops.add(x, Ops.scale(previous, -1)));
    }
  }

  /** Time mixing, section 3.1.2. */
  private record TimeMixing(
      TokenShift shift,
      Parameter mixKey,
      Parameter mixValue,
      Parameter mixReceptance,
      Linear key,
      Linear value,
      Linear receptance,
      Parameter decay,
      Parameter first,
      Linear output,
      StateSlot sums)
      implements Layer {
    @Override
    public Tensor forward(Tensor x, Pass pass) {
      if (pass.isRagged()) {
        return pass.eachSequence(x, this::forward);
      }
      TokenShift.Shifted shifted = shift.of(x, pass);
      Recurrences.Outcome wkv =
          Recurrences.wkv(
              key.forward(shifted.mixed(mixKey)),
              value.forward(shifted.mixed(mixValue)),
              decay.value(),
              first.value(),
              pass.leftPaddingMask(),
              sums.read(pass));
      Tensor mean = sums.keep(wkv, pass); // (B, T, A)
      Tensor gate = receptance.forward(shifted.mixed(mixReceptance));
      return output.forward(Ops.gate(gate, mean, Activation.SIGMOID));
    }
  }

  /** Channel mixing, section 3.1.3. */
  private record ChannelMixing(
      TokenShift shift,
      Parameter mixKey,
      Parameter mixReceptance,
      Linear key,
      Linear receptance,
      Linear value)
      implements Layer {
    @Override
    public Tensor forward(Tensor x, Pass pass) {
      if (pass.isRagged()) {
        return pass.eachSequence(x, this::forward);
      }
      TokenShift.Shifted shifted = shift.of(x, pass);
      Tensor inside = Ops.activate(key.forward(shifted.mixed(mixKey)), Activation.RELU_SQUARED);
      Tensor gate = receptance.forward(shifted.mixed(mixReceptance));
      return Ops.gate(gate, value.forward(inside), Activation.SIGMOID);
    }
  }
}
