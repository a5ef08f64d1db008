package dev.rapt.model.encoder;

import dev.rapt.autograd.Ops;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.EncoderParts;
import dev.rapt.model.parts.LayerNames;
import dev.rapt.model.parts.PaddingRows;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.LogBuckets;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Stack;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** DeBERTa (arXiv:2006.03654), its second version, and DeBERTaV3 (arXiv:2111.09543). */
public final class Deberta {
  /** {@code deberta}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("deberta", "DebertaForMaskedLM", "deberta", Config::parse, Deberta::build);

  /** {@code deberta-v2}. */
  public static final Family<Config, Backbone> DEBERTA_V2 =
      new Family<>("deberta-v2", "DebertaV2ForMaskedLM", "deberta", Config::parse, Deberta::build);

  /**
   * DeBERTa, and its versions 2 and 3.
   *
   * @param relative whether scores depend on relative positions
   * @param contentToPosition whether a query's content meets the position of a key
   * @param positionToContent whether a query's position meets the content of a key
   * @param maxRelative largest distance that is told apart
   * @param buckets distances to either side that have vectors, growing logarithmically; 0 for all
   * @param sharedKeys whether positions are projected as contents are
   * @param normedPositions whether the vectors of positions are normalised
   * @param absolute whether absolute positions are added to the embeddings, too
   * @param convKernel tokens that the convolution after the first layer sees; 0 without one
   * @param convActivation after the convolution
   * @param poolerActivation of what makes the vector of a sequence
   * @param legacyHead whether the head over the vocabulary is named as in BERT
   */
  public record Config(
      EncoderSizes sizes,
      String modelType,
      boolean relative,
      boolean contentToPosition,
      boolean positionToContent,
      int maxRelative,
      int buckets,
      boolean sharedKeys,
      boolean normedPositions,
      boolean absolute,
      int convKernel,
      Activation convActivation,
      Activation poolerActivation,
      boolean legacyHead)
      implements EncoderConfig {
    /** The first version with the choices of the published models. */
    public static Config of(EncoderSizes sizes) {
      return new Config(
          sizes,
          "deberta",
          true,
          true,
          true,
          sizes.maxPositions(),
          0,
          false,
          false,
          false,
          0,
          Activation.TANH,
          Activation.GELU,
          true);
    }

    /** The third version, whose layers are those of the second, with its published choices. */
    public static Config ofV3(EncoderSizes sizes) {
      return new Config(
          sizes,
          "deberta-v2",
          true,
          true,
          true,
          sizes.maxPositions(),
          Math.min(256, sizes.maxPositions() / 2),
          true,
          true,
          false,
          0,
          Activation.TANH,
          Activation.GELU,
          true);
    }

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      EncoderSizes sizes = EncoderSizes.parse(json, EncoderSizes.Keys.BERT.withDefaults(0, 1e-7f));
      requireKnown(json, sizes);
      List<String> kinds = kinds(json);
      int given = json.intOr("max_relative_positions", -1);
      int convKernel = json.intOr("conv_kernel_size", 0, 0, Integer.MAX_VALUE);
      if (convKernel != 0 && convKernel % 2 == 0) {
        throw json.error("conv_kernel_size", "must be odd, got " + convKernel);
      }
      return new Config(
          sizes,
          json.requireString("model_type"),
          json.boolOr("relative_attention", false),
          kinds.contains("c2p"),
          kinds.contains("p2c"),
          given < 1 ? sizes.maxPositions() : given,
          Math.max(0, json.intOr("position_buckets", -1)),
          json.boolOr("share_att_key", false),
          json.stringOr("norm_rel_ebd", "none").toLowerCase(Locale.ROOT).contains("layer_norm"),
          json.boolOr("position_biased_input", true),
          convKernel,
          Activations.read(json, "conv_act", "tanh"),
          Activations.read(json, "pooler_hidden_act", "gelu"),
          json.boolOr("legacy", true));
    }

    private static void requireKnown(ConfigReader json, EncoderSizes sizes) {
      if (json.boolOr("talking_head", false)) {
        throw json.error("talking_head", "is not supported, must be false");
      }
      int headDim = json.intOr("attention_head_size", sizes.headDim());
      if (headDim != sizes.headDim()) {
        throw json.error(
            "attention_head_size",
            "must be hidden_size / num_attention_heads, %d, got %d"
                .formatted(sizes.headDim(), headDim));
      }
      if (json.intOr("conv_groups", 1) != 1) {
        throw json.error("conv_groups", "must be 1, others are not supported");
      }
    }

    /** A list, or as older files have it {@code "p2c|c2p"}. */
    private static List<String> kinds(ConfigReader json) {
      if (!json.has("pos_att_type")) {
        return List.of();
      }
      return json.json().get("pos_att_type").isString()
          ? List.of(json.requireString("pos_att_type").toLowerCase(Locale.ROOT).split("\\|"))
          : json.strings("pos_att_type");
    }

    /** Factor of the sum of all scores: one over the root of width times number of terms. */
    double scoreScale() {
      int terms = 1 + (contentToPosition ? 1 : 0) + (positionToContent ? 1 : 0);
      return 1 / Math.sqrt((double) sizes.headDim() * terms);
    }

    @Override
    public boolean endsAtMaxPositions() {
      return absolute;
    }

    @Override
    public void write(ObjectNode json) {
      sizes.write(json, EncoderSizes.Keys.BERT);
      json.put("relative_attention", relative);
      ArrayNode kinds = json.putArray("pos_att_type");
      if (contentToPosition) {
        kinds.add("c2p");
      }
      if (positionToContent) {
        kinds.add("p2c");
      }
      json.put("max_relative_positions", maxRelative)
          .put("position_buckets", buckets == 0 ? -1 : buckets)
          .put("share_att_key", sharedKeys)
          .put("norm_rel_ebd", normedPositions ? "layer_norm" : "none")
          .put("position_biased_input", absolute)
          .put("conv_kernel_size", convKernel)
          .put("conv_act", Activations.name(convActivation))
          .put("pooler_hidden_act", Activations.name(poolerActivation))
          .put("legacy", legacyHead);
    }

    @Override
    public Vocabulary vocabularyHead() {
      if (legacyHead) {
        return Bert.Config.vocabularyHead(sizes);
      }
      String at = "lm_predictions.lm_head";
      return new Vocabulary(
          HeadTransform.of(at + ".dense", sizes.activation()).normed(at + ".LayerNorm"),
          null,
          at + ".bias");
    }

    @Override
    public @Nullable HeadTransform pooler() {
      return null;
    }

    @Override
    public HeadTransform sequenceTransform() {
      return HeadTransform.of("pooler.dense", poolerActivation);
    }

    @Override
    public HeadTransform choiceTransform() {
      return sequenceTransform();
    }
  }

  private final Config config;
  private final EncoderSizes sizes;
  private final EncoderParts parts;
  private final @Nullable RelativePositions positions;
  private final @Nullable TokenConvolution convolution;

  private Deberta(Config config, ParameterSource encoder) {
    this.config = config;
    sizes = config.sizes();
    parts = new EncoderParts(sizes, LayerNames.BERT);
    positions = config.relative() ? positions(encoder) : null;
    convolution =
        config.convKernel() == 0 ? null : TokenConvolution.of(config, parts, encoder.at("conv"));
  }

  /** A model with the parameters under {@code deberta} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    ParameterSource encoder = source.at("encoder");
    Deberta model = new Deberta(config, encoder);
    return new Stack(
        model.embeddings(source.at("embeddings")),
        Stack.blocks(config.sizes().numLayers(), encoder.at("layer"), model::block),
        null);
  }

  /** The sum of all tables, widened, normalised, without padding. */
  private Embeddings embeddings(ParameterSource source) {
    Embeddings sum = Embeddings.of(parts.table(source.at("word_embeddings"), sizes.vocabSize()));
    if (config.absolute()) {
      sum =
          sum.withPositions(parts.table(source.at("position_embeddings"), sizes.maxPositions()), 0);
    }
    if (sizes.numTokenTypes() > 0) {
      sum =
          sum.withTokenTypes(
              parts.table(source.at("token_type_embeddings"), sizes.numTokenTypes()));
    }
    if (sizes.embeddingSize() != sizes.hiddenSize()) {
      Linear wider =
          Linear.of(
              source.at("embed_proj"),
              sizes.embeddingSize(),
              sizes.hiddenSize(),
              false,
              sizes.initStd());
      sum = sum.then((x, _) -> wider.forward(x));
    }
    Norm norm = parts.norm(source.at("LayerNorm"));
    return sum.then((x, _) -> norm.forward(x))
        .then(PaddingRows::zeroed)
        .then((x, pass) -> Ops.dropout(x, pass.dropout(sizes.dropout()), pass.dropoutSeed(-1, 0)));
  }

  private RelativePositions positions(ParameterSource encoder) {
    boolean buckets = config.buckets() > 0;
    int span = buckets ? config.buckets() : config.maxRelative();
    return new RelativePositions(
        encoder
            .at("rel_embeddings")
            .get("weight", new Init.Normal(sizes.initStd()), 2L * span, sizes.hiddenSize()),
        config.normedPositions() ? parts.norm(encoder.at("LayerNorm")) : null,
        span,
        buckets ? new LogBuckets(span, config.maxRelative()) : null);
  }

  private Block block(int layer, ParameterSource source) {
    ParameterSource self = source.at("attention.self");
    Linear oProj = parts.square(source.at("attention.output.dense"));
    Layer attention =
        config.modelType().equals("deberta")
            ? attention(layer, self, oProj)
            : attentionOfV2(layer, self, oProj);
    Block block = parts.block(layer, source, attention);
    TokenConvolution after = layer == 0 ? convolution : null;
    return after == null ? block : (x, pass) -> after.add(x, block.forward(x, pass), pass);
  }

  private Layer attention(int layer, ParameterSource self, Linear oProj) {
    return new DisentangledAttention(
        layer,
        config,
        HeadwiseQkv.of(self, sizes),
        positions,
        inPlay(config.contentToPosition())
            ? Linear.of(
                self.at("pos_proj"), sizes.hiddenSize(), sizes.hiddenSize(), false, sizes.initStd())
            : null,
        inPlay(config.positionToContent()) ? parts.square(self.at("pos_q_proj")) : null,
        oProj);
  }

  private Layer attentionOfV2(int layer, ParameterSource self, Linear oProj) {
    Linear qProj = parts.square(self.at("query_proj"));
    Linear kProj = parts.square(self.at("key_proj"));
    boolean shared = config.sharedKeys();
    return new DisentangledAttention(
        layer,
        config,
        new QkvProjection.Separate(
            qProj,
            kProj,
            parts.square(self.at("value_proj")),
            sizes.numHeads(),
            sizes.numHeads(),
            sizes.headDim()),
        positions,
        inPlay(config.contentToPosition())
            ? shared ? kProj : parts.square(self.at("pos_key_proj"))
            : null,
        inPlay(config.positionToContent())
            ? shared ? qProj : parts.square(self.at("pos_query_proj"))
            : null,
        oProj);
  }

  private boolean inPlay(boolean term) {
    return term && config.relative();
  }
}
