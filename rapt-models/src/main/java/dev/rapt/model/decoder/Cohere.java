package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.HeadRule;
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
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Command R and Command A. arXiv:2504.00698, section 2. */
public final class Cohere {
  /** {@code cohere}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("cohere", "CohereForCausalLM", "model", Config::parseCohere, Cohere::build);

  /** {@code cohere2}. */
  public static final Family<Config, Backbone> COHERE2 =
      new Family<>("cohere2", "Cohere2ForCausalLM", "model", Config::parseCohere2, Cohere::build);

  /**
   * Command R and Command A: attention and MLP side by side after one layer norm, neighbours
   * rotated, scaled logits; in Command A layers with a window rotate, the others do not.
   *
   * @param kinds what each layer sees, and whether it rotates
   * @param attentionBias whether the projections of attention have biases
   * @param headNorms whether each head of queries and keys is normalised
   * @param logitScale factor of the logits
   * @param dropout probability to drop an attention weight, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      List<LayerKind> kinds,
      boolean attentionBias,
      boolean headNorms,
      float logitScale,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json of Command R. */
    public static Config parseCohere(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
      LayerKind kind = LayerKind.full(RopeConfig.parse(json, sizes.maxPositions(), 5e5));
      List<LayerKind> kinds = LayerKind.alike(sizes.numLayers(), kind);
      return parse(json, sizes, kinds, json.boolOr("use_qk_norm", false));
    }

    /** Reads a config.json of Command R7B or Command A. */
    public static Config parseCohere2(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
      int period = json.intOr("sliding_window_pattern", 4, 1, Integer.MAX_VALUE);
      int window = json.intOr("sliding_window", 4096, 1, Integer.MAX_VALUE);
      List<LayerKind> kinds =
          LayerKind.parse(
              json,
              sizes.numLayers(),
              layer -> (layer + 1) % period != 0,
              new LayerKind(window, rope),
              LayerKind.full(null));
      return parse(json, sizes, kinds, false);
    }

    private static Config parse(
        ConfigReader json, DecoderSizes sizes, List<LayerKind> kinds, boolean headNorms) {
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("layer_norm_eps", 1e-5),
          kinds,
          json.boolOr("attention_bias", false),
          headNorms,
          (float) json.doubleOr("logit_scale", 0.0625),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public HeadRule head() {
      return HeadRule.PLAIN.scaled(logitScale);
    }
  }

  private final Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;

  private Cohere(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes).interleavedRope();
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Cohere cohere = new Cohere(config);
    return new Stack(
        cohere.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), cohere::block),
        cohere.norm(source.at("norm")));
  }

  private Block block(int layer, ParameterSource source) {
    Norm norm = norm(source.at("input_layernorm"));
    return new ParallelBlock(
        norm,
        attention(layer, source.at("self_attn")),
        norm,
        parts.gatedMlp(source.at("mlp"), config.activation(), false),
        Residual.of(layer, 0));
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNormWithoutBias(source, config.normEps());
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        headNorm(source.at("q_norm"), sizes.numHeads()),
        headNorm(source.at("k_norm"), sizes.numKvHeads()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.oProj(source, config.attentionBias()));
  }

  private @Nullable HeadNorm headNorm(ParameterSource source, int numHeads) {
    return config.headNorms()
        ? HeadNorm.LayerNormPerHead.of(source, numHeads, sizes.headDim(), config.normEps())
        : null;
  }
}
