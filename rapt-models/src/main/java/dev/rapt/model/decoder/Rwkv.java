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
import dev.rapt.nn.cache.KvCache;
import dev.rapt.nn.recurrent.RecurrentStack;
import dev.rapt.tensor.Tensor;

/**
 * RWKV-4. arXiv:2305.13048, section 3. Padding counts as text, as in the reference. {@code
 * rescale_every}, which halves the stream now and then to stay in the range of f16, changes nothing
 * in f32 and is not done.
 */
public final class Rwkv {
  /** {@code rwkv}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("rwkv", "RwkvForCausalLM", "rwkv", Config::parse, Rwkv::build);

  /**
   * RWKV-4.
   *
   * @param attentionSize width of the keys and values of time mixing
   * @param intermediateSize width inside channel mixing
   * @param contextLength positions the model was trained on; it goes on beyond
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

    /** 0: there is no attention. */
    @Override
    public int numHeads() {
      return 0;
    }

    /** 0: there is no attention. */
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

  /** The last norm does not ask the configuration. */
  private static final float FINAL_NORM_EPS = 1e-5f;

  private static final int TIME_MIX_SHIFT = 0;
  private static final int TIME_MIX_SUMS = 1;
  private static final int CHANNEL_MIX_SHIFT = 2;

  private final Config config;

  private Rwkv(Config config) {
    this.config = config;
  }

  /** A model with the parameters under {@code rwkv} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Rwkv rwkv = new Rwkv(config);
    ParameterSource blocks = source.at("blocks");
    int D = config.hiddenSize();
    return new RecurrentStack(
        Embeddings.of(
                Embedding.of(source.at("embeddings"), config.vocabSize(), D, config.initStd()))
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
        layer,
        shift(layer, TIME_MIX_SHIFT, source),
        mix(source, "time_mix_key"),
        mix(source, "time_mix_value"),
        mix(source, "time_mix_receptance"),
        Linear.of(source.at("key"), D, A, false, std),
        Linear.of(source.at("value"), D, A, false, std),
        Linear.of(source.at("receptance"), D, A, false, std),
        source.get("time_decay", Init.ZEROS, A),
        source.get("time_first", Init.ZEROS, A),
        Linear.of(source.at("output"), A, D, false, std));
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
    return new TokenShift(layer, site, source.constant(previousOnly, D, 2));
  }

  /**
   * Vectors between those of a position and of the one before it: section 3.1.1.
   *
   * @param previousOnly (D, 2), a convolution that moves inputs by one position
   */
  private record TokenShift(int layer, int site, Tensor previousOnly) {
    /** Input and what it is more than the one before, both (B, T, D). */
    record Shifted(Tensor before, Tensor change) {
      /** before + mix change. */
      Tensor mixed(Parameter mix) {
        return Ops.add(before, Ops.multiply(change, mix.value().reshape(before.lastDim())));
      }
    }

    Shifted of(Tensor x, Pass pass) {
      KvCache cache = pass.cache();
      Tensor state = cache == null ? null : cache.state(layer, site);
      Tensor before = Recurrences.causalConv(x, previousOnly, null, state);
      if (cache != null) {
        cache.keepState(layer, site, Recurrences.causalConvState(x, 2, state));
      }
      return new Shifted(before, Ops.add(x, Ops.scale(before, -1)));
    }
  }

  /** A weighted mean of values in place of attention: section 3.1.2. */
  private record TimeMixing(
      int layer,
      TokenShift shift,
      Parameter mixKey,
      Parameter mixValue,
      Parameter mixReceptance,
      Linear key,
      Linear value,
      Linear receptance,
      Parameter decay,
      Parameter first,
      Linear output)
      implements Layer {
    @Override
    public Tensor forward(Tensor x, Pass pass) {
      TokenShift.Shifted shifted = shift.of(x, pass);
      KvCache cache = pass.cache();
      Recurrences.Outcome mean =
          Recurrences.wkv(
              key.forward(shifted.mixed(mixKey)),
              value.forward(shifted.mixed(mixValue)),
              decay.value(),
              first.value(),
              cache == null ? null : cache.state(layer, TIME_MIX_SUMS));
      if (cache != null) {
        cache.keepState(layer, TIME_MIX_SUMS, mean.state());
      }
      Tensor gate = receptance.forward(shifted.mixed(mixReceptance));
      return output.forward(Ops.gate(gate, mean.out(), Activation.SIGMOID));
    }
  }

  /** An MLP that sees the token before, too: section 3.1.3. */
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
      TokenShift.Shifted shifted = shift.of(x, pass);
      Tensor inside = Ops.activate(key.forward(shifted.mixed(mixKey)), Activation.RELU_SQUARED);
      Tensor gate = receptance.forward(shifted.mixed(mixReceptance));
      return Ops.gate(gate, value.forward(inside), Activation.SIGMOID);
    }
  }
}
