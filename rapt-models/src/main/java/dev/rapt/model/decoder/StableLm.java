package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.HeadNorm;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.ParallelBlock;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.nn.mlp.GatedMlp;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * StableLM 3B and StableLM 2: a pre-norm decoder with LayerNorm, partial rotary, GQA and SwiGLU; in
 * some models parallel attention and MLP. StableLM 2, arXiv:2402.17834, section 3.
 *
 * <pre>
 * As {@link Llama}, but:
 * attention(h): RoPE of the first quarter of each head; QK-norm in some models: LayerNorm per head,
 *               each head with a weight (E) of its own
 * norm(x):      LayerNorm
 * parallel:     h = norm(x), x = x + attention(h) + mlp(h)
 * </pre>
 */
public final class StableLm {
  /** {@code stablelm}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("stablelm", "StableLmForCausalLM", "model", Config::parse, StableLm::build);

  /**
   * Configuration of StableLM.
   *
   * @param rope half-split RoPE of part of each head (partial rotary)
   * @param qkvBias whether the projections of queries, keys and values have biases
   * @param qkNorm whether attention has QK-norm, with a weight for each head
   * @param parallel whether blocks have parallel attention and MLP behind one norm
   * @param hiddenDropout dropout of what the MLP adds, in training
   * @param attentionDropout dropout of attention weights, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean qkvBias,
      boolean qkNorm,
      boolean parallel,
      float hiddenDropout,
      float attentionDropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("layer_norm_eps", 1e-5),
          RopeConfig.parsePartial(json, sizes.maxPositions(), 0.25),
          json.boolOr("use_qkv_bias", false),
          json.boolOr("qk_layernorm", false),
          json.boolOr("use_parallel_residual", false),
          json.dropoutOr("hidden_dropout", 0),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public String modelType() {
      return "stablelm";
    }
  }

  private final Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;

  private StableLm(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
  }

  /** Builds the model without its head from the parameters under {@code model}. */
  public static Backbone build(Config config, ParameterSource source) {
    StableLm model = new StableLm(config);
    return new Stack(
        model.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), model::block),
        model.norm(source.at("norm")));
  }

  private Block block(int layer, ParameterSource source) {
    Norm attentionNorm = norm(source.at("input_layernorm"));
    SelfAttention attention = attention(layer, source.at("self_attn"));
    GatedMlp mlp = parts.gatedMlp(source.at("mlp"), config.activation(), false);
    Residual residual = Residual.of(layer, 0).withMlpDropout(config.hiddenDropout());
    if (config.parallel()) {
      return new ParallelBlock(attentionNorm, attention, attentionNorm, mlp, residual);
    }
    Norm mlpNorm = norm(source.at("post_attention_layernorm"));
    return new PreNormBlock(attentionNorm, attention, mlpNorm, mlp, residual);
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, config.normEps());
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    LayerKind kind = LayerKind.full(config.rope());
    return new SelfAttention(
        parts.qkv(source, config.qkvBias()),
        qkNorm(source.at("q_layernorm"), sizes.numHeads()),
        qkNorm(source.at("k_layernorm"), sizes.numKvHeads()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.attentionDropout()),
        parts.oProj(source, false));
  }

  private @Nullable HeadNorm qkNorm(ParameterSource source, int numHeads) {
    if (!config.qkNorm()) {
      return null;
    }
    List<Norm> norms = new ArrayList<>();
    for (int head = 0; head < numHeads; head++) {
      ParameterSource own = source.at("norms").at(Integer.toString(head));
      norms.add(Norm.LayerNorm.of(own, sizes.headDim(), config.normEps(), false));
    }
    return new HeadNorm.SeparateNorms(List.copyOf(norms));
  }
}
