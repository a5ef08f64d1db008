package dev.rapt.model.seq2seq;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.family.Family;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.EncoderDecoder;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.attention.CrossAttention;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.attention.RelativeBias;
import dev.rapt.nn.attention.RelativeBuckets;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.attention.TransientGlobalAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.nn.mlp.GatedMlp;
import dev.rapt.nn.mlp.Mlp;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/**
 * T5: an encoder-decoder with pre-norm blocks, RMSNorm, relative position bias in place of absolute
 * positions, and no biases in its linear layers. arXiv:1910.10683.
 *
 * <pre>
 * encoder: x = embedding[source ids]                     (B, S, D)
 *   Le times: x = x + attention(norm(x))                 bidirectional
 *             x = x + mlp(norm(x))
 *   x = norm(x)
 * decoder: y = embedding[target ids]                     (B, T, D)
 *   L times:  y = y + attention(norm(y))                 causal
 *             y = y + crossAttention(norm(y), x)
 *             y = y + mlp(norm(y))
 *   y = norm(y)
 * logits = y head' / sqrt(D)                             (B, T, V), not divided if untied
 *
 * attention(h):         q = h Wq, k = h Wk, v = h Wv     (B, T, H, E)
 *                       softmax(q k' + bias[bucket(j - i)]) v Wo    query i, key j
 * crossAttention(h, x): q = h Wq, k = x Wk, v = x Wv     softmax(q k') v Wo
 * mlp(h):               relu(h Wup) Wdown                (B, T, F) to (B, T, D)
 * norm(x):              x / sqrt(mean(x^2) + eps) * weight    RMSNorm over D
 * bucket(d):            small distances one by one, larger ones in logarithmic ranges
 * </pre>
 *
 * <p>Scores are not scaled by 1 / sqrt(E); fresh query weights are smaller instead. The bias table
 * (buckets, H) of layer 0 serves all layers of a stack.
 *
 * <ul>
 *   <li>T5 1.1 and mT5 (arXiv:2010.11934): GeGLU, (gelu(h Wgate) * h Wup) Wdown; untied head.
 *   <li>UMT5 (arXiv:2304.09151): as mT5, with a bias table in each layer.
 *   <li>LongT5 (arXiv:2112.07916): local or transient-global attention in the encoder.
 * </ul>
 */
public final class T5 {
  /** {@code t5}. */
  public static final Family<Config, EncoderDecoder> FAMILY =
      new Family<>("t5", "T5ForConditionalGeneration", "", Config::parse, T5::build);

  /** {@code longt5}. */
  public static final Family<Config, EncoderDecoder> LONGT5 =
      new Family<>("longt5", "LongT5ForConditionalGeneration", "", Config::parse, T5::build);

  /** {@code mt5}. */
  public static final Family<Config, EncoderDecoder> MT5 =
      new Family<>("mt5", "MT5ForConditionalGeneration", "", Config::parse, T5::build);

  /** {@code umt5}. */
  public static final Family<Config, EncoderDecoder> UMT5 =
      new Family<>("umt5", "UMT5ForConditionalGeneration", "", Config::parse, T5::build);

  /**
   * What config.json of a T5 says.
   *
   * @param headDim E, not necessarily D / H
   * @param numEncoderLayers Le
   * @param numLayers L, of the decoder
   * @param numBuckets rows of a bias table, one for each bucket of distances
   * @param maxDistance distances from here on share the last bucket
   * @param biasInEachLayer whether each layer has a bias table of its own, as in UMT5
   * @param localRadius tokens that a token of the source sees on each side; 0 for all
   * @param globalBlockSize source tokens for each global token; 0 without global tokens
   * @param gated whether the MLP has a gate, as since T5 1.1
   * @param scaledHead whether hidden states are divided by sqrt(D) before the head
   * @param initStd factor of the standard deviations of fresh weights
   * @param dropout probability on embeddings, attention weights, in the MLP, on the results of
   *     attention and MLP, and after the final norms, in training
   */
  public record Config(
      String modelType,
      int vocabSize,
      int hiddenSize,
      int headDim,
      int intermediateSize,
      int numEncoderLayers,
      int numLayers,
      int numHeads,
      int numBuckets,
      int maxDistance,
      boolean biasInEachLayer,
      int localRadius,
      int globalBlockSize,
      Activation activation,
      boolean gated,
      float normEps,
      boolean tiedHead,
      boolean scaledHead,
      int decoderStartTokenId,
      int padTokenId,
      double initStd,
      float dropout)
      implements Seq2SeqConfig {
    private static final String LONG = "longt5";
    private static final String ATTENTION = "encoder_attention_type";
    private static final String LOCAL = "local";
    private static final String GLOBAL = "transient-global";
    private static final String RADIUS = "local_radius";
    private static final String BLOCK_SIZE = "global_block_size";
    private static final String GATED = "gated-";

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      String type = json.requireString("model_type");
      String mlp =
          json.stringOr(
              "feed_forward_proj", type.equals("t5") || type.equals(LONG) ? "relu" : "gated-gelu");
      boolean gated = mlp.startsWith(GATED);
      // in these files, gated-gelu means the tanh approximation of GELU
      String activation = mlp.equals("gated-gelu") ? "gelu_new" : mlp.replaceFirst(GATED, "");
      int numEncoderLayers = json.requireInt("num_layers", 1, Integer.MAX_VALUE);
      int vocabSize = json.requireInt("vocab_size", 1, Integer.MAX_VALUE);
      int padTokenId = json.intOr("pad_token_id", 0, 0, vocabSize - 1);
      boolean tied = json.boolOr("tie_word_embeddings", true);
      return new Config(
          type,
          vocabSize,
          json.requireInt("d_model", 1, Integer.MAX_VALUE),
          json.requireInt("d_kv", 1, Integer.MAX_VALUE),
          json.requireInt("d_ff", 1, Integer.MAX_VALUE),
          numEncoderLayers,
          json.intOr("num_decoder_layers", numEncoderLayers, 1, Integer.MAX_VALUE),
          json.requireInt("num_heads", 1, Integer.MAX_VALUE),
          json.intOr("relative_attention_num_buckets", 32, 4, Integer.MAX_VALUE),
          json.intOr("relative_attention_max_distance", 128, 2, Integer.MAX_VALUE),
          type.equals("umt5"),
          type.equals(LONG) ? json.intOr(RADIUS, 127, 1, Integer.MAX_VALUE / 4) : 0,
          type.equals(LONG) && isGlobal(json)
              ? json.intOr(BLOCK_SIZE, 16, 1, Integer.MAX_VALUE / 4)
              : 0,
          Activations.named(json, "feed_forward_proj", activation),
          gated,
          json.epsilonOr("layer_norm_epsilon", 1e-6),
          tied,
          switch (type) {
            case "mt5" -> false;
            case "t5", LONG -> json.boolOr("scale_decoder_outputs", tied);
            default -> tied;
          },
          json.intOr("decoder_start_token_id", padTokenId, 0, vocabSize - 1),
          padTokenId,
          json.atLeastZeroOr("initializer_factor", 1),
          json.dropoutOr("dropout_rate", 0.1));
    }

    private static boolean isGlobal(ConfigReader json) {
      String kind = json.stringOr(ATTENTION, LOCAL);
      if (!kind.equals(LOCAL) && !kind.equals(GLOBAL)) {
        throw json.error(ATTENTION, "must be %s or %s, got %s".formatted(LOCAL, GLOBAL, kind));
      }
      return kind.equals(GLOBAL);
    }

    @Override
    public int maxPositions() {
      return Integer.MAX_VALUE;
    }

    @Override
    public int maxSourcePositions() {
      return Integer.MAX_VALUE;
    }

    @Override
    public boolean endsAtMaxPositions() {
      return false;
    }

    /** Without a stored head, embeddings are tied whatever the configuration says. */
    @Override
    public boolean tiedHead(boolean stored) {
      return tiedHead || !stored;
    }

    @Override
    public HeadRule head() {
      return scaledHead ? HeadRule.PLAIN.scaled(1 / Math.sqrt(hiddenSize)) : HeadRule.PLAIN;
    }

    @Override
    public void write(ObjectNode json) {
      String name = Activations.name(activation);
      json.put("vocab_size", vocabSize)
          .put("d_model", hiddenSize)
          .put("d_kv", headDim)
          .put("d_ff", intermediateSize)
          .put("num_layers", numEncoderLayers)
          .put("num_decoder_layers", numLayers)
          .put("num_heads", numHeads)
          .put("relative_attention_num_buckets", numBuckets)
          .put("relative_attention_max_distance", maxDistance)
          .put(
              "feed_forward_proj",
              gated ? GATED + (activation == Activation.GELU_TANH ? "gelu" : name) : name)
          .put("layer_norm_epsilon", Double.parseDouble(Float.toString(normEps)))
          .put("tie_word_embeddings", tiedHead)
          .put("scale_decoder_outputs", scaledHead)
          .put("decoder_start_token_id", decoderStartTokenId)
          .put("pad_token_id", padTokenId)
          .put("initializer_factor", initStd)
          .put("dropout_rate", Double.parseDouble(Float.toString(dropout)))
          .put("is_encoder_decoder", true);
      if (localRadius > 0) {
        json.put(ATTENTION, globalBlockSize == 0 ? LOCAL : GLOBAL).put(RADIUS, localRadius);
      }
      if (globalBlockSize > 0) {
        json.put(BLOCK_SIZE, globalBlockSize);
      }
    }
  }

  private static final String TOKENS = "embed_tokens";

  private final Config config;

  private T5(Config config) {
    this.config = config;
  }

  /** Builds the model without its head from the parameters of a checkpoint. */
  public static EncoderDecoder build(Config config, ParameterSource source) {
    T5 t5 = new T5(config);
    Embedding shared = t5.tokens(source);
    ParameterSource encoder = source.at("encoder");
    ParameterSource decoder = source.at("decoder");
    return new EncoderDecoder(
        t5.encoder(encoder, shared.tied(encoder.at(TOKENS))),
        t5.decoder(decoder, shared.tied(decoder.at(TOKENS))),
        shared.table());
  }

  /** Builds the encoder alone, as T5EncoderModel has it. */
  public static Stack encoder(Config config, ParameterSource source) {
    T5 t5 = new T5(config);
    ParameterSource encoder = source.at("encoder");
    return t5.encoder(encoder, t5.tokens(source).tied(encoder.at(TOKENS)));
  }

  /** The token embeddings of both stacks; a few checkpoints store only those of one stack. */
  private Embedding tokens(ParameterSource source) {
    String name =
        Stream.of("shared", "encoder." + TOKENS, "decoder." + TOKENS)
            .filter(table -> source.at(table).has("weight"))
            .findFirst()
            .orElse("shared");
    return Embedding.ofTokens(
        source.at(name), config.vocabSize(), config.hiddenSize(), config.initStd());
  }

  private Stack encoder(ParameterSource source, Embedding tokens) {
    return stack(source, tokens, config.numEncoderLayers(), this::encoderBlock);
  }

  private Stack decoder(ParameterSource source, Embedding tokens) {
    return stack(source, tokens, config.numLayers(), this::decoderBlock);
  }

  /** Builds a block of one of the stacks. */
  private interface BlockBuilder {
    /**
     * Builds a block.
     *
     * @param source of this block
     * @param biasSource of the block that has the bias table
     */
    Block build(int layer, ParameterSource source, ParameterSource biasSource);
  }

  private Stack stack(
      ParameterSource source, Embedding tokens, int numLayers, BlockBuilder builder) {
    ParameterSource blocks = source.at("block");
    return new Stack(
            Embeddings.of(tokens).withDropout(config.dropout()),
            Stack.blocks(
                numLayers,
                blocks,
                (layer, block) ->
                    builder.build(layer, block, config.biasInEachLayer() ? block : blocks.at("0"))),
            norm(source.at("final_layer_norm")))
        .withDropout(config.dropout());
  }

  /** One block of the encoder: maps the residual stream x (B, S, D) to (B, S, D). */
  private Block encoderBlock(int layer, ParameterSource source, ParameterSource biasSource) {
    ParameterSource first = source.at("layer").at("0");
    ParameterSource second = source.at("layer").at("1");
    Norm attentionNorm = norm(first.at("layer_norm"));
    Layer attention = encoderAttention(layer, first, biasSource.at("layer").at("0"));
    Norm mlpNorm = norm(second.at("layer_norm"));
    Layer mlp = mlp(layer, second.at("DenseReluDense"));
    Residual residual = Residual.of(layer, config.dropout());
    return (x, pass) -> {
      x = residual.addAttention(x, attention, attentionNorm.forward(x), pass);
      return residual.addMlp(x, mlp, mlpNorm.forward(x), pass);
    };
  }

  /** One block of the decoder: maps the residual stream y (B, T, D) to (B, T, D). */
  private Block decoderBlock(int layer, ParameterSource source, ParameterSource biasSource) {
    RelativeBias bias =
        bias(biasSource.at("layer").at("0").at("SelfAttention.relative_attention_bias"), false);
    ParameterSource first = source.at("layer").at("0");
    ParameterSource second = source.at("layer").at("1");
    ParameterSource third = source.at("layer").at("2");
    Norm attentionNorm = norm(first.at("layer_norm"));
    Layer attention = selfAttention(first.at("SelfAttention"), attention(layer).withBias(bias));
    Norm crossNorm = norm(second.at("layer_norm"));
    Layer crossAttention = crossAttention(layer, second.at("EncDecAttention"));
    Norm mlpNorm = norm(third.at("layer_norm"));
    Layer mlp = mlp(layer, third.at("DenseReluDense"));
    Residual residual = Residual.of(layer, config.dropout());
    return (y, pass) -> {
      y = residual.addAttention(y, attention, attentionNorm.forward(y), pass);
      y = residual.addCrossAttention(y, crossAttention, crossNorm.forward(y), pass);
      return residual.addMlp(y, mlp, mlpNorm.forward(y), pass);
    };
  }

  /** Full attention, or LongT5's local or transient-global attention. */
  private Layer encoderAttention(int layer, ParameterSource source, ParameterSource biasSource) {
    boolean isGlobal = config.globalBlockSize() > 0;
    boolean isLocal = config.localRadius() > 0;
    String name =
        isGlobal
            ? "TransientGlobalSelfAttention"
            : isLocal ? "LocalSelfAttention" : "SelfAttention";
    ParameterSource own = source.at(name);
    RelativeBias bias = bias(biasSource.at(name).at("relative_attention_bias"), true);
    if (!isGlobal) {
      int window = isLocal ? config.localRadius() + 1 : 0; // the token itself included
      return selfAttention(own, attention(layer).withWindow(window).withBias(bias));
    }
    return new TransientGlobalAttention(
        layer,
        config.localRadius(),
        config.globalBlockSize(),
        qkv(own),
        norm(own.at("global_input_layer_norm")),
        bias.table(),
        bias(biasSource.at(name).at("global_relative_attention_bias"), true).table(),
        bias.buckets(),
        config.dropout(),
        oProj(own));
  }

  /** softmax(q k' + bias) v, and the output projection. */
  private Layer selfAttention(ParameterSource source, Attention attention) {
    return new SelfAttention(
        qkv(source), // (B, T, H, E) each
        null, // no RoPE
        attention, // (B, T, H E)
        oProj(source)); // (B, T, D)
  }

  /** softmax(q k') v with keys and values from the encoder, and the output projection. */
  private Layer crossAttention(int layer, ParameterSource source) {
    return new CrossAttention(
        qProj(source),
        kvProj(source, "k"),
        kvProj(source, "v"),
        config.numHeads(),
        config.headDim(),
        attention(layer),
        oProj(source));
  }

  /** Attention whose scores are not scaled. */
  private Attention attention(int layer) {
    return Attention.of(layer, config.headDim()).scaled(1).withDropout(config.dropout());
  }

  private RelativeBias bias(ParameterSource table, boolean bidirectional) {
    return RelativeBias.of(
        table,
        new RelativeBuckets(config.numBuckets(), config.maxDistance(), bidirectional),
        config.numHeads(),
        config.initStd() / Math.sqrt(config.hiddenSize()));
  }

  private Norm norm(ParameterSource source) {
    return Norm.RmsNorm.of(source, config.hiddenSize(), config.normEps());
  }

  private QkvProjection.Separate qkv(ParameterSource source) {
    int H = config.numHeads();
    return new QkvProjection.Separate(
        qProj(source), kvProj(source, "k"), kvProj(source, "v"), H, H, config.headDim());
  }

  /** Fresh query weights are smaller by sqrt(E), as the scores are not scaled. */
  private Linear qProj(ParameterSource source) {
    double std = config.initStd() / Math.sqrt((double) config.hiddenSize() * config.headDim());
    return Linear.of(source.at("q"), config.hiddenSize(), headsWidth(), false, std);
  }

  private Linear kvProj(ParameterSource source, String name) {
    double std = config.initStd() / Math.sqrt(config.hiddenSize());
    return Linear.of(source.at(name), config.hiddenSize(), headsWidth(), false, std);
  }

  private Linear oProj(ParameterSource source) {
    double std = config.initStd() / Math.sqrt((double) headsWidth());
    return Linear.of(source.at("o"), headsWidth(), config.hiddenSize(), false, std);
  }

  /** H E, the width of all heads together. */
  private long headsWidth() {
    return (long) config.numHeads() * config.headDim();
  }

  /** relu(h Wup) Wdown, or (gelu(h Wgate) * h Wup) Wdown. */
  private Layer mlp(int layer, ParameterSource source) {
    int D = config.hiddenSize();
    int F = config.intermediateSize();
    double std = config.initStd() / Math.sqrt(D);
    Linear down = Linear.of(source.at("wo"), F, D, false, config.initStd() / Math.sqrt(F));
    if (config.gated()) {
      Linear gate = Linear.of(source.at("wi_0"), D, F, false, std);
      Linear up = Linear.of(source.at("wi_1"), D, F, false, std);
      return new GatedMlp(gate, up, config.activation(), down).withDropout(layer, config.dropout());
    }
    Linear up = Linear.of(source.at("wi"), D, F, false, std);
    return new Mlp(up, config.activation(), down).withDropout(layer, config.dropout());
  }
}
