package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.LayerRopes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.attention.HeadNorm;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.SandwichBlock;
import dev.rapt.nn.block.Stack;
import dev.rapt.nn.mlp.GatedMlp;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Gemma 2 and 3. arXiv:2408.00118, section 2; arXiv:2503.19786, section 2. */
public final class Gemma2 {
  /** {@code gemma2}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("gemma2", "Gemma2ForCausalLM", "model", Config::parseGemma2, Gemma2::build);

  /** {@code gemma3_text}. */
  public static final Family<Config, Backbone> GEMMA3_TEXT =
      new Family<>("gemma3_text", "Gemma3ForCausalLM", "model", Config::parseGemma3, Gemma2::build);

  /**
   * Gemma 2 and the text part of Gemma 3: norms before and after attention and MLP, windows in most
   * layers; soft caps in the one, norms of queries and keys and a second rotation in the other.
   *
   * @param embeddingScale factor of the tokens' vectors
   * @param kinds what each layer sees, and its rotation
   * @param scoreScale factor of attention scores
   * @param scoreCap bound of attention scores; 0 for none
   * @param logitCap bound of logits; 0 for none
   * @param headNorms whether each head of queries and keys is normalised
   * @param attentionBias whether the projections of attention have biases
   * @param dropout probability to drop an attention weight, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      float embeddingScale,
      List<LayerKind> kinds,
      double scoreScale,
      float scoreCap,
      float logitCap,
      boolean headNorms,
      boolean attentionBias,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json of Gemma 2. */
    public static Config parseGemma2(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
      List<LayerKind> kinds = kinds(json, sizes, 2, new LayerRopes(rope, rope));
      return parse(json, sizes, kinds, cap(json, "attn_logit_softcapping", 50), 30, false);
    }

    /**
     * Reads a config.json of Gemma 3 for text, whose {@code attn_logit_softcapping} has no effect.
     */
    public static Config parseGemma3(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
      double localTheta = json.positiveOr("rope_local_base_freq", 1e4);
      LayerRopes ropes = LayerRopes.parse(json, sizes.maxPositions(), 1e6, localTheta);
      int period = json.intOr("sliding_window_pattern", 6, 1, Integer.MAX_VALUE);
      return parse(json, sizes, kinds(json, sizes, period, ropes), 0, 0, true);
    }

    /** Every layer whose number divides by the period is full, unless the file says otherwise. */
    private static List<LayerKind> kinds(
        ConfigReader json, DecoderSizes sizes, int period, LayerRopes ropes) {
      int window = json.intOr("sliding_window", 4096, 1, Integer.MAX_VALUE);
      return LayerKind.parse(
          json,
          sizes.numLayers(),
          layer -> (layer + 1) % period != 0,
          new LayerKind(window, ropes.sliding()),
          LayerKind.full(ropes.full()));
    }

    private static Config parse(
        ConfigReader json,
        DecoderSizes sizes,
        List<LayerKind> kinds,
        float scoreCap,
        double logitCap,
        boolean headNorms) {
      Gemma.Config.requireCausal(json);
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_activation", "gelu_pytorch_tanh"),
          json.epsilonOr("rms_norm_eps", 1e-6),
          Gemma.Config.embeddingScale(json, sizes.hiddenSize()),
          kinds,
          1 / Math.sqrt(json.positiveOr("query_pre_attn_scalar", 256)),
          scoreCap,
          cap(json, "final_logit_softcapping", logitCap),
          headNorms,
          json.boolOr("attention_bias", false),
          json.dropoutOr("attention_dropout", 0));
    }

    /** A bound that null switches off, whatever applies where the file says nothing. */
    private static float cap(ConfigReader json, String key, double defaultCap) {
      return (float) json.atLeastZeroOr(key, json.json().has(key) ? 0 : defaultCap);
    }

    /** The same with another probability to drop an attention weight. */
    public Config withDropout(float probability) {
      return new Config(
          modelType,
          sizes,
          activation,
          normEps,
          embeddingScale,
          kinds,
          scoreScale,
          scoreCap,
          logitCap,
          headNorms,
          attentionBias,
          probability);
    }

    /** Writes the keys of one of T5Gemma's two parts. */
    public void writeModule(ObjectNode json) {
      sizes.write(json, DecoderSizes.Keys.LLAMA);
      json.put("model_type", modelType)
          .put("vocab_size", sizes.vocabSize())
          .put("initializer_range", sizes.initStd())
          .put("hidden_activation", Activations.name(activation))
          .put("rms_norm_eps", Double.parseDouble(Float.toString(normEps)))
          .put("attention_bias", attentionBias)
          .put("query_pre_attn_scalar", Math.round(1 / (scoreScale * scoreScale)))
          .put("attn_logit_softcapping", scoreCap)
          .put("final_logit_softcapping", logitCap);
      LayerKind.write(json, kinds);
      RopeConfig rope = kinds.getFirst().rope();
      if (rope != null) {
        rope.write(json);
      }
    }

    @Override
    public HeadRule head() {
      return HeadRule.PLAIN.withSoftCap(logitCap);
    }
  }

  private final Config config;
  private final DecoderParts parts;

  public Gemma2(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Gemma2 gemma = new Gemma2(config);
    return gemma.stack(source, 0, gemma::block);
  }

  /** Embeddings, these blocks, and the final norm. */
  public Stack stack(
      ParameterSource source,
      float embeddingDropout,
      BiFunction<Integer, ParameterSource, Block> block) {
    return new Stack(
        parts.embeddings(source).scaled(config.embeddingScale()).withDropout(embeddingDropout),
        Stack.blocks(config.numLayers(), source.at("layers"), block),
        norm(source.at("norm")));
  }

  private Block block(int layer, ParameterSource source) {
    return new SandwichBlock(
        norm(source.at("input_layernorm")),
        attention(layer, config.kinds().get(layer), source.at("self_attn")),
        norm(source.at("post_attention_layernorm")),
        norm(source.at("pre_feedforward_layernorm")),
        mlp(source),
        norm(source.at("post_feedforward_layernorm")),
        Residual.of(layer, 0));
  }

  public GatedMlp mlp(ParameterSource block) {
    return parts.gatedMlp(block.at("mlp"), config.activation(), false);
  }

  public Norm norm(ParameterSource source) {
    return parts.rmsNormOnePlus(source, config.normEps());
  }

  public SelfAttention attention(int layer, LayerKind kind, ParameterSource source) {
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        headNorm(source.at("q_norm")),
        headNorm(source.at("k_norm")),
        parts.rope(kind),
        attention(layer).withWindow(kind.window()),
        parts.oProj(source, config.attentionBias()));
  }

  /** Attention between the projections, over everything. */
  public Attention attention(int layer) {
    return parts
        .attention(layer)
        .scaled(config.scoreScale())
        .withSoftCap(config.scoreCap())
        .withDropout(config.dropout());
  }

  private @Nullable HeadNorm headNorm(ParameterSource source) {
    return config.headNorms()
        ? new HeadNorm.PerHead(
            Norm.RmsNorm.zeroCentered(source, config.headDim(), config.normEps()))
        : null;
  }
}
