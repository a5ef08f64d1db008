package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.family.Family;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.attention.Rope;
import dev.rapt.nn.attention.RopeScaling;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.nn.mlp.FusedGatedMlp;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * ModernBERT: a bidirectional encoder with pre-norm blocks, half-split RoPE, GeGLU and alternating
 * attention: most layers have a sliding window, every third sees the whole text. LayerNorm and
 * linear layers have no biases. arXiv:2412.13663, section 2.
 *
 * <pre>
 * x = norm(token[ids])                                   (B, T, D)
 * L times:
 *   x = x + attention(norm(x))                           (B, T, D), in layer 0 without norm
 *   x = x + mlp(norm(x))                                 (B, T, D)
 * x = norm(x)                                            (B, T, D)
 *
 * attention(h): q, k, v = h Wqkv, then q = rope(q), k = rope(k)    (B, T, H, E)
 *               softmax(q k' / sqrt(E)) v Wo             (B, T, H E) to (B, T, D)
 *               |i - j| &lt;= reach in sliding-window layers, which have another RoPE base
 * mlp(h):       a, b = h Wi, then (gelu(a) * b) Wo       (B, T, F) to (B, T, D)
 * norm(x):      LayerNorm without bias                   over D
 * </pre>
 */
public final class ModernBert {
  /** {@code modernbert}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>(
          "modernbert", "ModernBertForMaskedLM", "model", Config::parse, ModernBert::build);

  /**
   * What config.json of a ModernBERT says.
   *
   * @param isGlobal for each layer, whether its attention sees the whole text
   * @param reach tokens that a query sees on each side, in sliding-window layers
   * @param globalRope RoPE of the layers that see the whole text
   * @param localRope RoPE of the sliding-window layers
   * @param normBias whether LayerNorm has biases
   * @param attentionBias whether the projections of attention have biases
   * @param mlpBias whether the linear layers of the MLP have biases
   * @param mlpDropout dropout on the results of attention and MLP, in training
   * @param headActivation of the linear layer before the last layer of each head
   * @param headBias whether that linear layer has a bias
   * @param logitsBias whether the masked-language-model head has a bias
   * @param meanPooled whether a sequence is classified from the mean of its hidden states
   */
  public record Config(
      EncoderSizes sizes,
      List<Boolean> isGlobal,
      int reach,
      RopeConfig globalRope,
      RopeConfig localRope,
      boolean normBias,
      boolean attentionBias,
      boolean mlpBias,
      float mlpDropout,
      Activation headActivation,
      boolean headBias,
      boolean logitsBias,
      boolean meanPooled)
      implements EncoderConfig {
    private static final String GLOBAL = "full_attention";
    private static final String LOCAL = "sliding_attention";
    private static final int GLOBAL_EVERY = 3;
    private static final EncoderSizes.Keys KEYS =
        new EncoderSizes.Keys(
            "hidden_size",
            "num_hidden_layers",
            "num_attention_heads",
            "intermediate_size",
            "hidden_activation",
            "norm_eps",
            "embedding_dropout",
            "attention_dropout",
            0,
            1e-5f);

    /** A configuration with the choices of the published models: every third layer is global. */
    public static Config of(EncoderSizes sizes) {
      return new Config(
          sizes,
          IntStream.range(0, sizes.numLayers()).mapToObj(i -> i % GLOBAL_EVERY == 0).toList(),
          64,
          new RopeConfig(160000, new RopeScaling.None()),
          new RopeConfig(10000, new RopeScaling.None()),
          false,
          false,
          false,
          0,
          Activation.GELU,
          false,
          true,
          true);
    }

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      EncoderSizes sizes = EncoderSizes.parse(json, KEYS);
      String pooling = json.stringOr("classifier_pooling", "cls");
      if (!pooling.equals("cls") && !pooling.equals("mean")) {
        throw json.error("classifier_pooling", "must be cls or mean, got " + pooling);
      }
      return new Config(
          sizes,
          globalLayers(json, sizes.numLayers()),
          json.intOr("local_attention", 128, 0, Integer.MAX_VALUE) / 2,
          rope(json, sizes, GLOBAL, "global_rope_theta", 160000),
          rope(json, sizes, LOCAL, "local_rope_theta", 10000),
          json.boolOr("norm_bias", false),
          json.boolOr("attention_bias", false),
          json.boolOr("mlp_bias", false),
          json.dropoutOr("mlp_dropout", 0),
          Activations.read(json, "classifier_activation", "gelu"),
          json.boolOr("classifier_bias", false),
          json.boolOr("decoder_bias", true),
          pooling.equals("mean"));
    }

    private static List<Boolean> globalLayers(ConfigReader json, int numLayers) {
      List<Boolean> global = new ArrayList<>();
      if (json.has("layer_types")) {
        for (String type : json.strings("layer_types")) {
          if (!type.equals(GLOBAL) && !type.equals(LOCAL)) {
            throw json.error(
                "layer_types", "must hold %s and %s, got %s".formatted(LOCAL, GLOBAL, type));
          }
          global.add(type.equals(GLOBAL));
        }
        if (global.size() != numLayers) {
          throw json.error(
              "layer_types", "must name %d layers, got %d".formatted(numLayers, global.size()));
        }
        return List.copyOf(global);
      }
      int every = json.intOr("global_attn_every_n_layers", GLOBAL_EVERY, 1, Integer.MAX_VALUE);
      for (int i = 0; i < numLayers; i++) {
        global.add(i % every == 0);
      }
      return List.copyOf(global);
    }

    private static RopeConfig rope(
        ConfigReader json, EncoderSizes sizes, String type, String olderKey, double defaultTheta) {
      ConfigReader all = json.object("rope_parameters").orElse(null);
      ConfigReader own = all == null ? null : all.object(type).orElse(null);
      return own == null
          ? new RopeConfig(json.positiveOr(olderKey, defaultTheta), new RopeScaling.None())
          : RopeConfig.parse(own, json, sizes.maxPositions());
    }

    @Override
    public String modelType() {
      return "modernbert";
    }

    @Override
    public boolean endsAtMaxPositions() {
      return false;
    }

    private HeadTransform head() {
      return HeadTransform.of("head.dense", headActivation).normed("head.norm");
    }

    @Override
    public void write(ObjectNode json) {
      sizes.write(json, KEYS);
      ArrayNode types = json.putArray("layer_types");
      isGlobal.forEach(global -> types.add(global ? GLOBAL : LOCAL));
      ObjectNode ropes = json.putObject("rope_parameters");
      globalRope.writeParameters(ropes.putObject(GLOBAL));
      localRope.writeParameters(ropes.putObject(LOCAL));
      json.put("global_rope_theta", globalRope.theta())
          .put("local_rope_theta", localRope.theta())
          .put("local_attention", 2 * reach)
          .put("norm_bias", normBias)
          .put("attention_bias", attentionBias)
          .put("mlp_bias", mlpBias)
          .put("mlp_dropout", mlpDropout)
          .put("classifier_activation", Activations.name(headActivation))
          .put("classifier_bias", headBias)
          .put("classifier_pooling", meanPooled ? "mean" : "cls")
          .put("decoder_bias", logitsBias);
    }

    @Override
    public Vocabulary vocabularyHead() {
      return new Vocabulary(
          head().biased(headBias, normBias), "decoder", logitsBias ? "decoder.bias" : null);
    }

    @Override
    public @Nullable HeadTransform pooler() {
      return null;
    }

    @Override
    public HeadTransform sequenceTransform() {
      return head().biased(headBias, normBias);
    }

    @Override
    public HeadTransform choiceTransform() {
      return sequenceTransform();
    }

    @Override
    public HeadTransform tokenTransform() {
      return sequenceTransform();
    }

    @Override
    public String spanProjection() {
      return "classifier";
    }
  }

  private final Config config;
  private final EncoderSizes sizes;
  private final Rope globalRope;
  private final Rope localRope;

  private ModernBert(Config config) {
    this.config = config;
    sizes = config.sizes();
    globalRope = config.globalRope().rope(sizes.headDim(), false);
    localRope = config.localRope().rope(sizes.headDim(), false);
  }

  /** Builds the model without its head from the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    ModernBert model = new ModernBert(config);
    EncoderSizes sizes = config.sizes();
    ParameterSource tables = source.at("embeddings");
    return new Stack(
        Embeddings.of(
                Embedding.ofTokens(
                        tables.at("tok_embeddings"),
                        sizes.vocabSize(),
                        sizes.hiddenSize(),
                        sizes.initStd())
                    .withPadding(sizes.padTokenId()))
            .withNorm(model.norm(tables.at("norm")))
            .withDropout(sizes.dropout()),
        Stack.blocks(sizes.numLayers(), source.at("layers"), model::block),
        model.norm(source.at("final_norm")));
  }

  private Norm norm(ParameterSource source) {
    return Norm.LayerNorm.of(source, sizes.hiddenSize(), sizes.normEps(), config.normBias());
  }

  /** One block: maps the residual stream x (B, T, D) to (B, T, D). */
  private Block block(int layer, ParameterSource source) {
    // the embeddings end in a norm, so that layer 0 needs none before attention
    Norm attentionNorm = layer == 0 ? new Norm.Identity() : norm(source.at("attn_norm"));
    Layer attention = attention(layer, source.at("attn"));
    Norm mlpNorm = norm(source.at("mlp_norm"));
    Layer mlp = mlp(source.at("mlp"));
    Residual residual = Residual.of(layer, config.mlpDropout());
    return (x, pass) -> {
      x = residual.addAttention(x, attention, attentionNorm.forward(x), pass);
      return residual.addMlp(x, mlp, mlpNorm.forward(x), pass);
    };
  }

  /** softmax(rope(q) rope(k)' / sqrt(E)) v over the whole text or a sliding window, and Wo. */
  private Layer attention(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    int H = sizes.numHeads();
    int E = sizes.headDim();
    boolean global = config.isGlobal().get(layer);
    boolean bias = config.attentionBias();
    return new SelfAttention(
        new QkvProjection.Fused(
            Linear.of(source.at("Wqkv"), D, 3L * D, bias, sizes.initStd()), H, H, E),
        global ? globalRope : localRope,
        Attention.of(layer, E)
            .withWindow(global ? 0 : config.reach() + 1)
            .withDropout(sizes.attentionDropout()),
        Linear.of(source.at("Wo"), D, D, bias, sizes.initStd()));
  }

  /** GeGLU: a, b = h Wi, then (gelu(a) * b) Wo. */
  private Layer mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    boolean bias = config.mlpBias();
    return new FusedGatedMlp(
        Linear.of(source.at("Wi"), D, 2L * F, bias, sizes.initStd()),
        sizes.activation(),
        Linear.of(source.at("Wo"), F, D, bias, sizes.initStd()));
  }
}
