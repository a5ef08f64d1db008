package dev.rapt.model.decoder;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.expert.ExpertChoice;
import dev.rapt.autograd.expert.ExpertWeighting;
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
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.GatedMlp;
import dev.rapt.nn.mlp.MoeMlp;
import dev.rapt.nn.recurrent.CausalConv;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * LFM2: a pre-norm hybrid of gated short convolutions and attention, with RMSNorm, and SwiGLU or a
 * mixture of experts. LFM2, arXiv:2511.23404, section 2.
 *
 * <pre>
 * x = embedding[ids]                                     (B, T, D)
 * L times:
 *   x = x + mixer(norm(x))                               (B, T, D)
 *   x = x + mlp(norm(x))                                 (B, T, D)
 * logits = head(norm(x))                                 (B, T, V)
 *
 * mixer, most layers: b, c, u = h Win                    (B, T, D) each
 *                     (c * conv(b * u)) Wout             causal depthwise convolution, K positions
 * mixer, the others:  GQA with QK-norm per head and half-split RoPE, as in {@link Qwen} 3
 *
 * lfm2:     mlp(h) = (silu(h W1) * h W3) W2
 * lfm2_moe: dense first layers; above them mlp(h) = sum over the top k experts of p_e expert_e(h),
 *           chosen by sigmoid(h Wrouter) + correction, weighted by sigmoid(h Wrouter)
 * </pre>
 */
public final class Lfm2 {
  /** {@code lfm2}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("lfm2", "Lfm2ForCausalLM", "model", Config::parse, Lfm2::build);

  /** {@code lfm2_moe}. */
  public static final Family<Config, Backbone> LFM2_MOE =
      new Family<>("lfm2_moe", "Lfm2MoeForCausalLM", "model", Config::parseMoe, Lfm2::build);

  /**
   * Configuration of LFM2 with or without experts.
   *
   * @param attends whether each layer is attention; the others are short convolutions
   * @param kernelSize K, width of the convolution in positions
   * @param convBias whether the convolutions and their projections have biases
   * @param mixture the mixture of experts, or null where all layers are dense
   * @param numDense number of dense layers before the layers with experts
   * @param correctsChoice whether the router adds a learned correction to choose the experts
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

    /** Reads a config.json of a dense LFM2. */
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

    /**
     * F: the given width, or with {@code block_auto_adjust_ff_dim} two thirds of it, rounded up.
     */
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

  private static final PreNormDecoder.Names NAMES =
      new PreNormDecoder.Names("layers", "operator_norm", "ffn_norm", "embedding_norm");

  private final Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;

  private Lfm2(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
  }

  /** Builds the model without its head from the parameters under {@code model}. */
  public static Backbone build(Config config, ParameterSource source) {
    Lfm2 lfm = new Lfm2(config);
    return PreNormDecoder.of(
            lfm.parts,
            norm -> lfm.parts.rmsNorm(norm, config.normEps()),
            lfm::mixer,
            (layer, block) -> lfm.mlp(layer, block.at("feed_forward")))
        .named(NAMES)
        .build(source);
  }

  private Layer mixer(int layer, ParameterSource source) {
    return config.attends().get(layer)
        ? attention(layer, source.at("self_attn"))
        : convolution(layer, source.at("conv"));
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

  /** Gated short convolution: (c * conv(b * u)) Wout, with b, c, u = x Win. */
  private record ShortConvolution(Linear inProj, CausalConv conv, Linear outProj) implements Layer {
    @Override
    public Tensor forward(Tensor x, Pass pass) {
      if (pass.isRagged()) {
        return pass.eachSequence(x, this::forward);
      }
      long D = x.lastDim();
      Tensor bcu = inProj.forward(pass.zeroPadding(x)); // (B, T, 3 D)
      Tensor input = Ops.multiply(Ops.columns(bcu, 0, D), Ops.columns(bcu, 2 * D, D));
      Tensor convolved = conv.forward(input, pass); // (B, T, D)
      return outProj.forward(Ops.multiply(Ops.columns(bcu, D, D), convolved));
    }
  }
}
