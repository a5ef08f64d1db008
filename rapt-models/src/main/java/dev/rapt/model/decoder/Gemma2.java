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
import dev.rapt.model.parts.PreNormDecoder;
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

/**
 * Gemma 2, Gemma 3 (text) and VaultGemma: RMSNorm with (1 + w), half-split RoPE, grouped-query
 * attention (GQA) with sliding windows in most layers, GeGLU, scaled and tied embeddings. Gemma 2,
 * arXiv:2408.00118, section 2; Gemma 3, arXiv:2503.19786, section 2; VaultGemma, arXiv:2510.15001,
 * section 3.
 *
 * <pre>
 * x = sqrt(D) embedding[ids]                             (B, T, D)
 * L times, sandwich norm:
 *   x = x + norm(attention(norm(x)))                     (B, T, D)
 *   x = x + norm(mlp(norm(x)))                           (B, T, D)
 * logits = softcap(embedding' norm(x))                   (B, T, V)
 *
 * attention(h): q = rope(norm(h Wq))                     (B, T, H, E)
 *               k = rope(norm(h Wk)), v = h Wv           (B, T, G, E), appended to the KV cache
 *               softmax(softcap(scale q k')) v Wo        (B, T, H E) to (B, T, D)
 * mlp(h):       (gelu(h Wgate) * h Wup) Wdown            (B, T, F) to (B, T, D)
 * norm(x):      x / sqrt(mean(x^2) + eps) * (1 + w)      over D, or over E in QK-norm
 * softcap(x):   cap tanh(x / cap)                        logit soft-capping
 * </pre>
 *
 * <ul>
 *   <li>{@code gemma2}: soft-capping of attention scores and logits, no QK-norm; every second layer
 *       has a sliding window.
 *   <li>{@code gemma3_text}: QK-norm, no soft-capping; five of six layers have a sliding window,
 *       with a RoPE base of their own.
 *   <li>{@code vaultgemma}: as Gemma 2, but pre-norm: without the norms after attention and MLP.
 * </ul>
 */
public final class Gemma2 {
  /** {@code gemma2}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("gemma2", "Gemma2ForCausalLM", "model", Config::parseGemma2, Gemma2::build);

  /** {@code gemma3_text}. */
  public static final Family<Config, Backbone> GEMMA3_TEXT =
      new Family<>("gemma3_text", "Gemma3ForCausalLM", "model", Config::parseGemma3, Gemma2::build);

  /** {@code vaultgemma}. */
  public static final Family<Config, Backbone> VAULTGEMMA =
      new Family<>(
          "vaultgemma",
          "VaultGemmaForCausalLM",
          "model",
          Config::parseGemma2,
          Gemma2::buildVaultGemma);

  /**
   * What config.json of Gemma 2, Gemma 3 (text) or VaultGemma says.
   *
   * @param embeddingScale factor of the token embeddings
   * @param kinds sliding window and RoPE of each layer
   * @param scoreScale factor of attention scores
   * @param scoreCap soft-capping bound of attention scores; 0 for none
   * @param logitCap soft-capping bound of logits; 0 for none
   * @param qkNorm whether queries and keys are normalised, each head by itself
   * @param attentionBias whether the projections of attention have biases
   * @param dropout probability of dropout on attention weights, in training
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
      boolean qkNorm,
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

    /** The last layer of each period has full attention, unless the file lists layer types. */
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
        boolean qkNorm) {
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
          qkNorm,
          json.boolOr("attention_bias", false),
          json.dropoutOr("attention_dropout", 0));
    }

    /** A soft-capping bound; null in the file means none, a missing key the default. */
    private static float cap(ConfigReader json, String key, double defaultCap) {
      return (float) json.atLeastZeroOr(key, json.json().has(key) ? 0 : defaultCap);
    }

    /** Returns a copy with dropout {@code probability} on attention weights, in training. */
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
          qkNorm,
          attentionBias,
          probability);
    }

    /** Writes the keys of T5Gemma's encoder or decoder. */
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

  private static final PreNormDecoder.Names VAULTGEMMA_NAMES =
      new PreNormDecoder.Names("layers", "input_layernorm", "pre_feedforward_layernorm", "norm");

  private final Config config;
  private final DecoderParts parts;

  /** A builder of the parts of a model with this configuration. */
  public Gemma2(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** Builds the model without its head from the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Gemma2 gemma = new Gemma2(config);
    return gemma.stack(source, 0, gemma::block);
  }

  /**
   * Returns scaled embeddings, these blocks and the final norm.
   *
   * @param embeddingDropout probability of dropout on the embeddings, in training
   * @param block builds a block from its index and its parameters
   */
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

  /** Builds VaultGemma from the parameters under {@code model} of a checkpoint. */
  public static Backbone buildVaultGemma(Config config, ParameterSource source) {
    Gemma2 gemma = new Gemma2(config);
    return PreNormDecoder.of(
            gemma.parts,
            gemma::norm,
            (layer, block) ->
                gemma.attention(layer, config.kinds().get(layer), block.at("self_attn")),
            (_, block) -> gemma.mlp(block))
        .named(VAULTGEMMA_NAMES)
        .scaled(config.embeddingScale(), 1)
        .build(source);
  }

  /** Self-attention with the sliding window and RoPE of this kind of layer, and QK-norm if any. */
  public SelfAttention attention(int layer, LayerKind kind, ParameterSource source) {
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()), // (B, T, H, E) and twice (B, T, G, E)
        qkNorm(source.at("q_norm")),
        qkNorm(source.at("k_norm")),
        parts.rope(kind),
        attention(layer).withWindow(kind.window()), // (B, T, H E)
        parts.oProj(source, config.attentionBias())); // (B, T, D)
  }

  /** Scaled and soft-capped attention over all keys, between the projections. */
  public Attention attention(int layer) {
    return parts
        .attention(layer)
        .scaled(config.scoreScale())
        .withSoftCap(config.scoreCap())
        .withDropout(config.dropout());
  }

  private @Nullable HeadNorm qkNorm(ParameterSource source) {
    return config.qkNorm()
        ? new HeadNorm.PerHead(
            Norm.RmsNorm.zeroCentered(source, config.headDim(), config.normEps()))
        : null;
  }

  /** GeGLU of a block: (gelu(h Wgate) * h Wup) Wdown. */
  public GatedMlp mlp(ParameterSource block) {
    return parts.gatedMlp(block.at("mlp"), config.activation(), false);
  }

  /** RMSNorm with (1 + w), over D. */
  public Norm norm(ParameterSource source) {
    return parts.rmsNormOnePlus(source, config.normEps());
  }
}
