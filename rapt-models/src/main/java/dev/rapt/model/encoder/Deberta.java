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
import dev.rapt.model.parts.LayerPart;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.PaddingRows;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.TokenConvolution;
import dev.rapt.nn.attention.DisentangledAttention;
import dev.rapt.nn.attention.HeadwiseQkv;
import dev.rapt.nn.attention.LogBuckets;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Stack;
import dev.rapt.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * DeBERTa v1 and v2 (arXiv:2006.03654) and v3 (arXiv:2111.09543): as {@link Bert}, but with
 * disentangled attention over contents and relative positions in place of absolute positions.
 *
 * <pre>
 * x = norm(token[ids])                                                (B, T, D)
 * L times:
 *   x = norm(x + attention(x))                                        (B, T, D)
 *   x = norm(x + mlp(x))                                              (B, T, D)
 *
 * attention(x): q = x Wq + bq, k = x Wk + bk, v = x Wv + bv           (B, T, H, E)
 *               score of query i and key j, P the embeddings of relative positions:
 *                 (q[i] k[j]'                                         content to content
 *                  + q[i] (P[i - j] Wpk)'                             content to position (c2p)
 *                  + k[j] (P[j - i] Wpq)') / sqrt(3 E)                position to content (p2c)
 *               softmax(scores) v Wo + bo                             (B, T, H E) to (B, T, D)
 * </pre>
 *
 * <ul>
 *   <li>v1: one embedding for each distance; a fused QKV projection without bias of keys.
 *   <li>v2: logarithmic buckets of distances, whose embeddings are normalised; Wpk = Wk and Wpq =
 *       Wq; large models add a convolution (nGiE) to the first block.
 *   <li>v3: as v2 without convolution, pretrained by replaced-token detection.
 * </ul>
 */
public final class Deberta {
  /** {@code deberta}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("deberta", "DebertaForMaskedLM", "deberta", Config::parse, Deberta::build);

  /** {@code deberta-v2}. */
  public static final Family<Config, Backbone> DEBERTA_V2 =
      new Family<>(
          "deberta-v2", "DebertaV2ForMaskedLM", "deberta", Config::parse, Deberta::buildV2);

  /**
   * What config.json of a DeBERTa says.
   *
   * @param relative whether scores depend on relative positions
   * @param contentToPosition whether scores have the content-to-position term (c2p)
   * @param positionToContent whether scores have the position-to-content term (p2c)
   * @param maxRelative distances from here on share an embedding
   * @param buckets logarithmic buckets of distances on each side; 0 for one for each distance
   * @param sharedProjections whether the query and key projections serve positions, too
   * @param normedPositions whether the embeddings of relative positions are normalised
   * @param absolute whether learned absolute positions are added to the token embeddings
   * @param convKernel kernel size of the convolution beside the first block; 0 without one
   * @param convActivation activation of the convolution
   * @param poolerActivation activation of the pooler
   * @param legacyHead whether the masked-language-model head has BERT's names
   */
  public record Config(
      EncoderSizes sizes,
      String modelType,
      boolean relative,
      boolean contentToPosition,
      boolean positionToContent,
      int maxRelative,
      int buckets,
      boolean sharedProjections,
      boolean normedPositions,
      boolean absolute,
      int convKernel,
      Activation convActivation,
      Activation poolerActivation,
      boolean legacyHead)
      implements EncoderConfig {
    /** A v1 configuration with the choices of the published models. */
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

    /** A v3 configuration with the choices of the published models. */
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
        throw json.error("talking_head", "must be false, talking heads are not supported");
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

    /** The terms of the scores: a list, in older files {@code "p2c|c2p"}. */
    private static List<String> kinds(ConfigReader json) {
      if (!json.has("pos_att_type")) {
        return List.of();
      }
      return json.json().get("pos_att_type").isString()
          ? List.of(json.requireString("pos_att_type").toLowerCase(Locale.ROOT).split("\\|"))
          : json.strings("pos_att_type");
    }

    private boolean hasContentToPosition() {
      return relative && contentToPosition;
    }

    private boolean hasPositionToContent() {
      return relative && positionToContent;
    }

    /** Factor of the scores: 1 / sqrt(E times the number of terms). */
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
          .put("share_att_key", sharedProjections)
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

    /** DeBERTaV3's, by the names in its checkpoints; transformers has no class with this head. */
    @Override
    public Detection discriminator() {
      String at = "mask_predictions";
      return new Detection(
          HeadTransform.of(at + ".dense", sizes.activation()),
          at + ".LayerNorm",
          at + ".classifer", // [sic]
          false);
    }

    /** Returns a copy of other sizes. */
    public Config withSizes(EncoderSizes other) {
      return new Config(
          other,
          modelType,
          relative,
          contentToPosition,
          positionToContent,
          maxRelative,
          buckets,
          sharedProjections,
          normedPositions,
          absolute,
          convKernel,
          convActivation,
          poolerActivation,
          legacyHead);
    }
  }

  /** Dropout of the convolution, a site that no block has. */
  private static final int CONVOLUTION_SITE = 9;

  private final Config config;
  private final EncoderSizes sizes;
  private final EncoderParts parts;
  private final Bert bert;
  private final DisentangledAttention.@Nullable Positions positions;
  private final UnaryOperator<Block> firstBlock;

  private Deberta(Config config, ParameterSource encoder) {
    this.config = config;
    sizes = config.sizes();
    parts = new EncoderParts(sizes, EncoderParts.Names.BERT);
    bert = new Bert(parts);
    positions = config.relative() ? positions(encoder) : null;
    firstBlock =
        config.convKernel() == 0 ? UnaryOperator.identity() : convolution(encoder.at("conv"));
  }

  /** Builds DeBERTa v1 without its head from the parameters under {@code deberta}. */
  public static Backbone build(Config config, ParameterSource source) {
    Deberta model = new Deberta(config, source.at("encoder"));
    return model.stack(source, model::attention);
  }

  /** Builds DeBERTa v2 or v3 without its head from the parameters under {@code deberta}. */
  public static Backbone buildV2(Config config, ParameterSource source) {
    Deberta model = new Deberta(config, source.at("encoder"));
    return model.stack(source, model::attentionOfV2);
  }

  private Backbone stack(ParameterSource source, LayerPart attention) {
    return new Stack(
        embeddings(source.at("embeddings")),
        Stack.blocks(
            sizes.numLayers(),
            source.at("encoder").at("layer"),
            (layer, at) -> {
              Block block = bert.block(layer, at, attention.build(layer, at));
              return layer == 0 ? firstBlock.apply(block) : block;
            }),
        null);
  }

  /** dropout(norm(token + position + segment)), zeros on padding: ids (B, T) to (B, T, D). */
  private Embeddings embeddings(ParameterSource source) {
    Embeddings sum = Embeddings.of(parts.tokens(source));
    if (config.absolute()) {
      sum = sum.withPositions(parts.positions(source), 0);
    }
    if (sizes.numTokenTypes() > 0) {
      sum = sum.withTokenTypes(parts.segments(source));
    }
    if (sizes.embeddingSize() != sizes.hiddenSize()) {
      Linear projection =
          Linear.of(
              source.at("embed_proj"),
              sizes.embeddingSize(),
              sizes.hiddenSize(),
              false,
              sizes.initStd());
      sum = sum.then((x, _) -> projection.forward(x));
    }
    Norm norm = parts.norm(source.at("LayerNorm"));
    return sum.then((x, _) -> norm.forward(x))
        .then(PaddingRows::zeroed)
        .then((x, pass) -> Ops.dropout(x, pass.dropout(sizes.dropout()), pass.dropoutSeed(-1, 0)));
  }

  /** The embeddings of relative positions, (2 span, D). */
  private DisentangledAttention.Positions positions(ParameterSource encoder) {
    boolean bucketed = config.buckets() > 0;
    int span = bucketed ? config.buckets() : config.maxRelative();
    return new DisentangledAttention.Positions(
        encoder
            .at("rel_embeddings")
            .get("weight", new Init.Normal(sizes.initStd()), 2L * span, sizes.hiddenSize()),
        config.normedPositions() ? parts.norm(encoder.at("LayerNorm")) : null,
        span,
        bucketed ? new LogBuckets(span, config.maxRelative()) : null,
        sizes.dropout());
  }

  /** v1: fused QKV, own projections of positions. */
  private Layer attention(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    ParameterSource self = source.at("attention.self");
    Linear oProj = parts.oProj(source);
    return attention(
        layer,
        HeadwiseQkv.of(self, sizes.numHeads(), sizes.headDim(), sizes.initStd()),
        config.hasContentToPosition()
            ? Linear.of(self.at("pos_proj"), D, D, false, sizes.initStd())
            : null,
        config.hasPositionToContent() ? parts.linear(self.at("pos_q_proj")) : null,
        oProj);
  }

  /** v2 and v3: separate projections, which may serve contents and positions. */
  private Layer attentionOfV2(int layer, ParameterSource source) {
    int H = sizes.numHeads();
    ParameterSource self = source.at("attention.self");
    Linear oProj = parts.oProj(source);
    Linear qProj = parts.linear(self.at("query_proj"));
    Linear kProj = parts.linear(self.at("key_proj"));
    Linear vProj = parts.linear(self.at("value_proj"));
    boolean shared = config.sharedProjections();
    return attention(
        layer,
        new QkvProjection.Separate(qProj, kProj, vProj, H, H, sizes.headDim()),
        config.hasContentToPosition()
            ? shared ? kProj : parts.linear(self.at("pos_key_proj"))
            : null,
        config.hasPositionToContent()
            ? shared ? qProj : parts.linear(self.at("pos_query_proj"))
            : null,
        oProj);
  }

  private Layer attention(
      int layer,
      QkvProjection qkvProj,
      @Nullable Linear posKeyProj,
      @Nullable Linear posQueryProj,
      Linear oProj) {
    return new DisentangledAttention(
        layer,
        (float) config.scoreScale(),
        sizes.attentionDropout(),
        qkvProj,
        positions,
        posKeyProj,
        posQueryProj,
        oProj);
  }

  /** v2's nGiE convolution, zeros on padding: norm(block(x) + tanh(dropout(conv(x)))). */
  private UnaryOperator<Block> convolution(ParameterSource source) {
    TokenConvolution conv =
        TokenConvolution.of(
            source.at("conv"), sizes.hiddenSize(), config.convKernel(), sizes.initStd());
    Norm norm = parts.norm(source.at("LayerNorm"));
    return block ->
        (x, pass) -> {
          Tensor y = block.forward(x, pass); // (B, T, D)
          Tensor ngrams = PaddingRows.zeroed(conv.forward(x), pass);
          float dropout = pass.dropout(sizes.dropout());
          ngrams = Ops.dropout(ngrams, dropout, pass.dropoutSeed(0, CONVOLUTION_SITE));
          Tensor sum = Ops.add(y, Ops.activate(ngrams, config.convActivation()));
          return PaddingRows.zeroed(norm.forward(sum), pass);
        };
  }
}
