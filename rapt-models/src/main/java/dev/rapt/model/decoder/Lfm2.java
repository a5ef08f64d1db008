package dev.rapt.model.decoder;

import dev.rapt.autograd.ExpertChoice;
import dev.rapt.autograd.ExpertWeighting;
import dev.rapt.autograd.Ops;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.GatedMlp;
import dev.rapt.nn.mlp.MoeMlp;
import dev.rapt.nn.recurrent.CausalConv;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** LFM2. arXiv:2511.23404, section 2. */
public final class Lfm2 {
  /** {@code lfm2}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("lfm2", "Lfm2ForCausalLM", "model", Config::parse, Lfm2::build);

  /** {@code lfm2_moe}. */
  public static final Family<Config, Backbone> LFM2_MOE =
      new Family<>("lfm2_moe", "Lfm2MoeForCausalLM", "model", Config::parseMoe, Lfm2::build);

  /**
   * LFM2: short convolutions in most layers, attention in the others.
   *
   * @param attends whether a layer attends; the others convolve
   * @param kernelSize positions that a convolution sees
   * @param convBias whether the convolutions and their projections have biases
   * @param mixture experts of all but the first layers; null for none
   * @param numDense layers without experts, which come first
   * @param correctsChoice whether a learned correction is added to scores for the choice of experts
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      float normEps,
      RopeConfig rope,
      List<Boolean> attends,
      int kernelSize,
      boolean convBias,
      @Nullable Mixture mixture,
      int numDense,
      boolean correctsChoice)
      implements SizedConfig {

    /** Reads a config.json of LFM2 without experts. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = sizes(json);
      return parse(json, sizes.withIntermediateSize(intermediateSize(json, sizes)), null, 0, false);
    }

    /** Reads a config.json of LFM2 with experts. */
    public static Config parseMoe(ConfigReader json) {
      boolean normalise = json.boolOr("norm_topk_prob", true);
      float factor = (float) json.doubleOr("routed_scaling_factor", 1);
      return parse(
          json,
          sizes(json),
          Mixture.parse(
              json, "moe_intermediate_size", new ExpertWeighting.Sigmoid(normalise, factor)),
          json.intOr("num_dense_layers", 2, 0, Integer.MAX_VALUE),
          json.boolOr("use_expert_bias", true));
    }

    private static DecoderSizes sizes(ConfigReader json) {
      return DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, json.boolOr("tie_embedding", true));
    }

    private static Config parse(
        ConfigReader json,
        DecoderSizes sizes,
        @Nullable Mixture mixture,
        int numDense,
        boolean correctsChoice) {
      return new Config(
          json.requireString("model_type"),
          sizes,
          json.epsilonOr("norm_eps", 1e-5),
          RopeConfig.parse(json, sizes.maxPositions(), 1e6),
          attends(json, sizes.numLayers()),
          json.intOr("conv_L_cache", 3, 1, 1 << 16),
          json.boolOr("conv_bias", false),
          mixture,
          numDense,
          correctsChoice);
    }

    /** Two thirds of what the file says, rounded up to a multiple, where it asks for that. */
    private static int intermediateSize(ConfigReader json, DecoderSizes sizes) {
      int given = json.intOr("block_ff_dim", sizes.intermediateSize(), 1, Integer.MAX_VALUE);
      if (!json.boolOr("block_auto_adjust_ff_dim", true)) {
        return given;
      }
      int size = (int) (2.0 * given / 3);
      size = (int) (json.positiveOr("block_ffn_dim_multiplier", 1) * size);
      int multiple = json.intOr("block_multiple_of", 256, 1, Integer.MAX_VALUE);
      return multiple * ((size + multiple - 1) / multiple);
    }

    private static List<Boolean> attends(ConfigReader json, int numLayers) {
      List<String> types = json.strings("layer_types");
      List<Integer> attending = json.ints("full_attn_idxs");
      List<Boolean> attends = new ArrayList<>();
      for (int layer = 0; layer < numLayers; layer++) {
        if (types.isEmpty()) {
          attends.add(attending.isEmpty() || attending.contains(layer));
        } else {
          attends.add(isAttention(json, types, layer));
        }
      }
      return List.copyOf(attends);
    }

    private static boolean isAttention(ConfigReader json, List<String> types, int layer) {
      String type = layer < types.size() ? types.get(layer) : "nothing for layer " + layer;
      return switch (type) {
        case "full_attention" -> true;
        case "conv" -> false;
        default ->
            throw json.error("layer_types", "must hold conv and full_attention, got " + type);
      };
    }

    @Override
    public RouterLoss routerLoss() {
      return mixture == null ? RouterLoss.NONE : mixture.routerLoss();
    }
  }

  private final Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;

  private Lfm2(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Lfm2 lfm = new Lfm2(config);
    return new Stack(
        lfm.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), lfm::block),
        lfm.parts.rmsNorm(source.at("embedding_norm"), config.normEps()));
  }

  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        parts.rmsNorm(source.at("operator_norm"), config.normEps()),
        config.attends().get(layer)
            ? attention(layer, source.at("self_attn"))
            : convolution(layer, source.at("conv")),
        parts.rmsNorm(source.at("ffn_norm"), config.normEps()),
        mlp(layer, source.at("feed_forward")),
        Residual.of(layer, 0));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    LayerKind kind = LayerKind.full(config.rope());
    return new SelfAttention(
        parts.qkv(source, false),
        parts.qkNorm(source.at("q_layernorm"), config.normEps()),
        parts.qkNorm(source.at("k_layernorm"), config.normEps()),
        parts.rope(kind),
        parts.attention(layer, kind),
        parts.oProj(source, "out_proj", false));
  }

  private Layer mlp(int layer, ParameterSource source) {
    Mixture mixture = config.mixture();
    return mixture == null || layer < config.numDense()
        ? mlp(source)
        : experts(new MixtureParts(sizes, mixture), mixture.numExperts(), source);
  }

  private MoeMlp experts(MixtureParts mixture, int numExperts, ParameterSource source) {
    ParameterSource gate = source.at("gate");
    Parameter correction =
        source.getIf(config.correctsChoice(), "expert_bias", Init.ZEROS, numExperts);
    return new MoeMlp(
        correction == null
            ? mixture.router(gate, false)
            : mixture.router(gate, ExpertChoice.Score.SIGMOID, correction),
        mixture.experts(source.at("experts"), ExpertMlp.Gated.Names.NUMBERED, Activation.SILU));
  }

  private GatedMlp mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new GatedMlp(
        Linear.of(source.at("w1"), D, F, false, sizes.initStd()),
        Linear.of(source.at("w3"), D, F, false, sizes.initStd()),
        Activation.SILU,
        Linear.of(source.at("w2"), F, D, false, sizes.residualStd()));
  }

  private ShortConvolution convolution(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    boolean bias = config.convBias();
    return new ShortConvolution(
        Linear.of(source.at("in_proj"), D, 3L * D, bias, sizes.initStd()),
        CausalConv.of(layer, source.at("conv"), D, config.kernelSize(), bias),
        Linear.of(source.at("out_proj"), D, D, bias, sizes.residualStd()));
  }

  /** out(c conv(b x)) with b, c and x from one projection. */
  private record ShortConvolution(Linear inProj, CausalConv conv, Linear outProj) implements Layer {
    @Override
    public Tensor forward(Tensor x, Pass pass) {
      long D = x.lastDim();
      Tensor all = inProj.forward(pass.zeroPadding(x)); // (B, T, 3 D)
      Tensor input = Ops.multiply(Ops.columns(all, 0, D), Ops.columns(all, 2 * D, D));
      Tensor convolved = conv.forward(input, pass);
      return outProj.forward(Ops.multiply(Ops.columns(all, D, D), convolved));
    }
  }
}
