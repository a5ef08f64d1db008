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
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.attention.Rope;
import dev.rapt.nn.attention.RopeScaling;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.nn.mlp.FusedGatedMlp;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** ModernBERT. arXiv:2412.13663, section 2. */
public final class ModernBert {
  /** {@code modernbert}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>(
          "modernbert", "ModernBertForMaskedLM", "model", Config::parse, ModernBert::build);

  /**
   * ModernBERT: rotary positions, pre-norm blocks with a gated MLP, most of which look around only
   * a little.
   *
   * @param isGlobal for each layer, whether its attention sees the whole text
   * @param reach how far the others see, to either side
   * @param globalRope rotation in layers that see the whole text
   * @param localRope rotation in the others
   * @param normBias whether norms have biases
   * @param attentionBias whether the projections of attention have biases
   * @param mlpBias whether the layers of the MLP have biases
   * @param mlpDropout probability after the MLP, in training
   * @param headActivation of the layer that precedes the heads
   * @param headBias whether that layer has a bias
   * @param logitsBias whether the head over the vocabulary has a bias
   * @param meanPooled whether a sequence is classified from the mean of its tokens
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
    private static final int EVERY = 3;
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
          IntStream.range(0, sizes.numLayers()).mapToObj(i -> i % EVERY == 0).toList(),
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
      int every = json.intOr("global_attn_every_n_layers", EVERY, 1, Integer.MAX_VALUE);
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

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    ModernBert model = new ModernBert(config);
    EncoderSizes sizes = config.sizes();
    ParameterSource tables = source.at("embeddings");
    return new Stack(
        Embeddings.of(
                Embedding.of(
                    tables.at("tok_embeddings"),
                    sizes.vocabSize(),
                    sizes.hiddenSize(),
                    sizes.initStd()))
            .withNorm(model.norm(tables.at("norm")))
            .withDropout(sizes.dropout()),
        Stack.blocks(sizes.numLayers(), source.at("layers"), model::block),
        model.norm(source.at("final_norm")));
  }

  private Norm norm(ParameterSource source) {
    return Norm.LayerNorm.of(source, sizes.hiddenSize(), sizes.normEps(), config.normBias());
  }

  /** Attention, then gated MLP; the first block's input has been normalised already. */
  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        layer == 0 ? new Norm.Identity() : norm(source.at("attn_norm")),
        attention(layer, source.at("attn")),
        norm(source.at("mlp_norm")),
        mlp(source.at("mlp")),
        Residual.of(layer, config.mlpDropout()));
  }

  /** Attention over the whole text, or over a few tokens to either side. */
  private SelfAttention attention(int layer, ParameterSource source) {
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

  private FusedGatedMlp mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    boolean bias = config.mlpBias();
    return new FusedGatedMlp(
        Linear.of(source.at("Wi"), D, 2L * F, bias, sizes.initStd()),
        sizes.activation(),
        Linear.of(source.at("Wo"), F, D, bias, sizes.initStd()));
  }
}
