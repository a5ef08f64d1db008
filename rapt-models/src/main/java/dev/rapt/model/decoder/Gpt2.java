package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.FreshConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.LayerPart;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PostNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import tools.jackson.databind.node.ObjectNode;

/**
 * GPT-2, GPT and GPT-BigCode: learned positions, LayerNorm, multi-head or multi-query attention
 * (MQA) and a GELU MLP. GPT-2: Language Models are Unsupervised Multitask Learners, Radford et al.
 * 2019, section 2.3; GPT: Improving Language Understanding by Generative Pre-Training, Radford et
 * al. 2018; SantaCoder, arXiv:2301.03988; StarCoder, arXiv:2305.06161.
 *
 * <pre>
 * x = embedding[ids] + positions[0 .. T]                 (B, T, D)
 * L times, pre-norm:
 *   x = x + attention(norm(x))                           (B, T, D)
 *   x = x + mlp(norm(x))                                 (B, T, D)
 * logits = embedding' norm(x)                            (B, T, V)
 *
 * attention(h): q, k, v = h Wqkv + b                     (B, T, H, E); k, v to the KV cache
 *               softmax(q k' / sqrt(E)) v Wo + b         (B, T, H E) to (B, T, D)
 * mlp(h):       gelu(h Wup + b) Wdown + b                (B, T, F) to (B, T, D)
 * norm(x):      LayerNorm over D
 * </pre>
 *
 * <ul>
 *   <li>{@code openai-gpt} (GPT): post-norm, {@code x = norm(x + attention(x))} and {@code x =
 *       norm(x + mlp(x))}, without a final norm.
 *   <li>{@code gpt_bigcode} (SantaCoder, StarCoder): multi-query attention, one key-value head for
 *       all query heads.
 * </ul>
 */
public final class Gpt2 {
  /** {@code openai-gpt}. */
  public static final Family<GptConfig, Backbone> OPENAI_GPT =
      new Family<>(
          "openai-gpt", "OpenAIGPTLMHeadModel", "transformer", GptConfig::parse, Gpt2::buildGpt);

  /** {@code gpt_bigcode}. */
  public static final Family<BigCodeConfig, Backbone> GPT_BIGCODE =
      new Family<>(
          "gpt_bigcode",
          "GPTBigCodeForCausalLM",
          "transformer",
          BigCodeConfig::parse,
          Gpt2::buildBigCode);

  /** {@code gpt2}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("gpt2", "GPT2LMHeadModel", "transformer", Config::parse, Gpt2::build);

  /**
   * What config.json of GPT-2 says.
   *
   * @param scaleScores whether attention scores are divided by sqrt(E)
   * @param scaleByLayer whether attention scores are also divided by the number of the layer, from
   *     1
   * @param dropout probabilities of dropout, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      boolean scaleScores,
      boolean scaleByLayer,
      Dropouts dropout)
      implements SizedConfig, FreshConfig {

    /** A configuration with the choices of the published models. */
    public static Config of(DecoderSizes sizes) {
      return new Config(sizes, Activation.GELU_TANH, 1e-5f, true, false, Dropouts.NONE);
    }

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      return new Config(
          DecoderSizes.parse(json, DecoderSizes.Keys.GPT2, true),
          Activations.read(json, "activation_function", "gelu_new"),
          json.epsilonOr("layer_norm_epsilon", 1e-5),
          json.boolOr("scale_attn_weights", true),
          json.boolOr("scale_attn_by_inverse_layer_idx", false),
          Dropouts.parse(json, 0.1));
    }

    @Override
    public void write(ObjectNode json) {
      sizes.write(json, DecoderSizes.Keys.GPT2);
      json.put("activation_function", Activations.name(activation))
          .put("layer_norm_epsilon", Double.parseDouble(Float.toString(normEps)))
          .put("scale_attn_weights", scaleScores)
          .put("scale_attn_by_inverse_layer_idx", scaleByLayer);
      dropout.write(json);
    }

    @Override
    public String modelType() {
      return "gpt2";
    }

    @Override
    public String tokenProjection() {
      return "classifier";
    }

    @Override
    public boolean endsAtMaxPositions() {
      return true;
    }

    @Override
    public Config withVocabSize(int size) {
      return new Config(
          sizes.withVocabSize(size), activation, normEps, scaleScores, scaleByLayer, dropout);
    }
  }

  /**
   * What config.json of GPT says.
   *
   * @param base what it shares with GPT-2
   */
  public record GptConfig(Config base) implements SizedConfig {
    private static final DecoderSizes.Keys KEYS =
        new DecoderSizes.Keys("n_embd", "n_layer", "n_head", "", "", "", "n_positions");

    /** Reads a config.json. */
    public static GptConfig parse(ConfigReader json) {
      String name = json.stringOr("afn", "gelu");
      return new GptConfig(
          new Config(
              DecoderSizes.parse(json, KEYS, true),
              Activations.named(json, "afn", name.equals("gelu") ? "gelu_new" : name),
              json.epsilonOr("layer_norm_epsilon", 1e-5),
              true,
              false,
              Dropouts.parse(json, 0.1)));
    }

    @Override
    public DecoderSizes sizes() {
      return base.sizes();
    }

    @Override
    public String modelType() {
      return "openai-gpt";
    }

    @Override
    public boolean endsAtMaxPositions() {
      return true;
    }
  }

  /**
   * What config.json of GPT-BigCode says.
   *
   * @param base what it shares with GPT-2
   */
  public record BigCodeConfig(Config base) implements SizedConfig {
    /** Reads a config.json. */
    public static BigCodeConfig parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.GPT2, true);
      return new BigCodeConfig(
          new Config(
              json.boolOr("multi_query", true) ? sizes.withNumKvHeads(1) : sizes,
              Activations.read(json, "activation_function", "gelu_pytorch_tanh"),
              json.epsilonOr("layer_norm_epsilon", 1e-5),
              json.boolOr("scale_attn_weights", true),
              false,
              Dropouts.parse(json, 0.1)));
    }

    @Override
    public DecoderSizes sizes() {
      return base.sizes();
    }

    @Override
    public String modelType() {
      return "gpt_bigcode";
    }

    @Override
    public String tokenProjection() {
      return "classifier";
    }

    @Override
    public boolean endsAtMaxPositions() {
      return true;
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Gpt2(Config config, DecoderParts parts) {
    this.config = config;
    this.parts = parts;
  }

  /**
   * Builds the model without its head from the parameters under {@code transformer} of a
   * checkpoint.
   */
  public static Backbone build(Config config, ParameterSource source) {
    Gpt2 model = new Gpt2(config, DecoderParts.of(config.sizes()).inputMajor());
    return model.preNorm(model::attention).build(source);
  }

  /** Builds GPT-BigCode from the parameters under {@code transformer} of a checkpoint. */
  public static Backbone buildBigCode(BigCodeConfig config, ParameterSource source) {
    Gpt2 model = new Gpt2(config.base(), DecoderParts.of(config.sizes()));
    return model.preNorm(model::groupedAttention).build(source);
  }

  private PreNormDecoder preNorm(LayerPart attention) {
    return PreNormDecoder.of(parts, this::norm, attention, this::mlp)
        .named(PreNormDecoder.Names.GPT2)
        .withEmbeddings(source -> embeddings(source, "wte", "wpe"))
        .withDropout(config.dropout().embeddings(), config.dropout().residual());
  }

  /** Builds GPT from the parameters under {@code transformer} of a checkpoint. */
  public static Backbone buildGpt(GptConfig config, ParameterSource source) {
    Gpt2 model = new Gpt2(config.base(), DecoderParts.of(config.sizes()).inputMajor());
    return new Stack(
        model
            .embeddings(source, "tokens_embed", "positions_embed")
            .withDropout(config.base().dropout().embeddings()),
        Stack.blocks(config.numLayers(), source.at("h"), model::postNormBlock),
        null);
  }

  private Block postNormBlock(int layer, ParameterSource source) {
    return new PostNormBlock(
        attention(layer, source),
        norm(source.at("ln_1")),
        mlp(layer, source),
        norm(source.at("ln_2")),
        Residual.of(layer, config.dropout().residual()));
  }

  /** Token embeddings plus learned absolute positions. */
  private Embeddings embeddings(ParameterSource source, String tokens, String positions) {
    return parts
        .embeddings(source, tokens)
        .withPositions(parts.table(source.at(positions), config.maxPositions()), 0);
  }

  /** Multi-head attention with a fused QKV projection: all queries, all keys, all values. */
  private Layer attention(int layer, ParameterSource source) {
    ParameterSource own = source.at("attn");
    return attention(layer, own, parts.fusedQkv(own, "c_attn", true));
  }

  /** GPT-BigCode's attention: multi-query, or a fused QKV projection grouped by head. */
  private Layer groupedAttention(int layer, ParameterSource source) {
    ParameterSource own = source.at("attn");
    return attention(layer, own, parts.groupedQkv(own, "c_attn", true));
  }

  private Layer attention(int layer, ParameterSource own, QkvProjection qkv) {
    double scale = config.scaleScores() ? 1 / Math.sqrt(config.headDim()) : 1;
    return new SelfAttention(
        qkv, // three times (B, T, H, E)
        null,
        parts
            .attention(layer)
            .scaled(config.scaleByLayer() ? scale / (layer + 1) : scale)
            .withDropout(config.dropout().attention()), // (B, T, H E)
        parts.oProj(own, "c_proj", true)); // (B, T, D)
  }

  /** gelu(h Wup + b) Wdown + b. */
  private Layer mlp(int layer, ParameterSource source) {
    return parts.mlp(source.at("mlp"), "c_fc", config.activation(), "c_proj", true);
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, config.normEps());
  }
}
