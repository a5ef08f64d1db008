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
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.CrossPreNormBlock;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.nn.mlp.GatedMlp;
import dev.rapt.nn.mlp.Mlp;
import tools.jackson.databind.node.ObjectNode;

/**
 * T5. arXiv:1910.10683; mT5, arXiv:2010.11934; UMT5, arXiv:2304.09151; LongT5, arXiv:2112.07916,
 * with local attention. RMS norm before each part, no biases, scores that are not scaled, positions
 * told by a learned score for ranges of distance.
 */
public final class T5 {
  /** {@code longt5}. */
  public static final Family<Config, EncoderDecoder> LONGT5 =
      new Family<>("longt5", "LongT5ForConditionalGeneration", "", Config::parse, T5::build);

  /** {@code mt5}. */
  public static final Family<Config, EncoderDecoder> MT5 =
      new Family<>("mt5", "MT5ForConditionalGeneration", "", Config::parse, T5::build);

  /** {@code t5}. */
  public static final Family<Config, EncoderDecoder> FAMILY =
      new Family<>("t5", "T5ForConditionalGeneration", "", Config::parse, T5::build);

  /** {@code umt5}. */
  public static final Family<Config, EncoderDecoder> UMT5 =
      new Family<>("umt5", "UMT5ForConditionalGeneration", "", Config::parse, T5::build);

  /**
   * T5 in its kinds: T5 1.0 and 1.1, mT5, UMT5, LongT5.
   *
   * @param headDim E, not necessarily hiddenSize / numHeads
   * @param numLayers blocks of the decoder
   * @param biasInEachLayer whether every layer has a table of scores by distance of its own, as in
   *     UMT5, and not one for all
   * @param localRadius neighbours on each side that a token of the source sees; 0 for all
   * @param globalBlockSize tokens of a block whose summary all tokens of the source see; 0 for none
   * @param gated whether the MLP has a gate, as from T5 1.1 on
   * @param scaledHead whether hidden states are divided by the root of the width before the head
   * @param dropout probability after embeddings, projections, activations and in attention, in
   *     training
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
      // The name gated-gelu has always meant the approximation with a tanh.
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

    /** The head of a checkpoint that has one is its own, whatever newer configurations say. */
    @Override
    public boolean tiedHead(boolean stored) {
      return !stored;
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

  private final Config config;

  private T5(Config config) {
    this.config = config;
  }

  /** A model with the parameters of a checkpoint. */
  public static EncoderDecoder build(Config config, ParameterSource source) {
    T5 t5 = new T5(config);
    Embedding tokens = t5.tokens(source);
    return new EncoderDecoder(
        t5.stack(source.at("encoder"), tokens, config.numEncoderLayers(), true),
        t5.stack(source.at("decoder"), tokens, config.numLayers(), false));
  }

  /** The encoder alone, as T5EncoderModel is. */
  public static Stack encoder(Config config, ParameterSource source) {
    T5 t5 = new T5(config);
    return t5.stack(source.at("encoder"), t5.tokens(source), config.numEncoderLayers(), true);
  }

  /** The table that both stacks share; a few checkpoints store it under the encoder. */
  private Embedding tokens(ParameterSource source) {
    ParameterSource table =
        source.has("shared.weight") ? source.at("shared") : source.at("encoder").at("embed_tokens");
    return Embedding.of(table, config.vocabSize(), config.hiddenSize(), config.initStd());
  }

  private Stack stack(ParameterSource source, Embedding tokens, int numLayers, boolean isEncoder) {
    ParameterSource blocks = source.at("block");
    return new Stack(
            Embeddings.of(tokens).withDropout(config.dropout()),
            Stack.blocks(
                numLayers,
                blocks,
                (layer, block) -> {
                  ParameterSource holder = config.biasInEachLayer() ? block : blocks.at("0");
                  return isEncoder
                      ? encoderBlock(layer, block, selfAttention(holder, true))
                      : decoderBlock(layer, block, selfAttention(holder, false));
                }),
            norm(source.at("final_layer_norm")))
        .withDropout(config.dropout());
  }

  private ParameterSource selfAttention(ParameterSource block, boolean isEncoder) {
    boolean isLocal = isEncoder && config.localRadius() > 0;
    boolean isGlobal = isEncoder && config.globalBlockSize() > 0;
    String name = isGlobal ? "TransientGlobalSelfAttention" : "LocalSelfAttention";
    return block.at("layer").at("0").at(isLocal ? name : "SelfAttention");
  }

  private RelativeBias bias(ParameterSource table, boolean isEncoder) {
    return RelativeBias.of(
        table,
        new RelativeBuckets(config.numBuckets(), config.maxDistance(), isEncoder),
        config.numHeads(),
        config.initStd() / Math.sqrt(config.hiddenSize()));
  }

  /**
   * A block of the encoder.
   *
   * @param holder attention of the block that has the scores by distance
   */
  private Block encoderBlock(int layer, ParameterSource block, ParameterSource holder) {
    ParameterSource attention = block.at("layer").at("0");
    ParameterSource mlp = block.at("layer").at("1");
    return new PreNormBlock(
        norm(attention.at("layer_norm")),
        encoderAttention(layer, selfAttention(block, true), holder),
        norm(mlp.at("layer_norm")),
        mlp(layer, mlp.at("DenseReluDense")),
        Residual.of(layer, config.dropout()));
  }

  private Layer encoderAttention(int layer, ParameterSource source, ParameterSource holder) {
    RelativeBias bias = bias(holder.at("relative_attention_bias"), true);
    if (config.globalBlockSize() == 0) {
      int window = config.localRadius() == 0 ? 0 : config.localRadius() + 1;
      return selfAttention(layer, source, window, bias);
    }
    return new TransientGlobalAttention(
        layer,
        config.localRadius(),
        config.globalBlockSize(),
        projections(source),
        norm(source.at("global_input_layer_norm")),
        bias.table(),
        bias(holder.at("global_relative_attention_bias"), true).table(),
        bias.buckets(),
        config.dropout(),
        o(source));
  }

  private Block decoderBlock(int layer, ParameterSource block, ParameterSource holder) {
    RelativeBias bias = bias(holder.at("relative_attention_bias"), false);
    ParameterSource attention = block.at("layer").at("0");
    ParameterSource cross = block.at("layer").at("1");
    ParameterSource mlp = block.at("layer").at("2");
    return new CrossPreNormBlock(
        norm(attention.at("layer_norm")),
        selfAttention(layer, selfAttention(block, false), 0, bias),
        norm(cross.at("layer_norm")),
        crossAttention(layer, cross.at("EncDecAttention")),
        norm(mlp.at("layer_norm")),
        mlp(layer, mlp.at("DenseReluDense")),
        Residual.of(layer, config.dropout()));
  }

  private Norm norm(ParameterSource source) {
    return Norm.RmsNorm.of(source, config.hiddenSize(), config.normEps());
  }

  private Layer selfAttention(int layer, ParameterSource source, int window, RelativeBias bias) {
    return new SelfAttention(
        projections(source), null, attention(layer).withWindow(window).withBias(bias), o(source));
  }

  private QkvProjection.Separate projections(ParameterSource source) {
    int H = config.numHeads();
    return new QkvProjection.Separate(
        q(source), k(source, "k"), k(source, "v"), H, H, config.headDim());
  }

  private Layer crossAttention(int layer, ParameterSource source) {
    return new CrossAttention(
        q(source),
        k(source, "k"),
        k(source, "v"),
        config.numHeads(),
        config.headDim(),
        attention(layer),
        o(source));
  }

  private Attention attention(int layer) {
    return Attention.of(layer, config.headDim()).scaled(1).withDropout(config.dropout());
  }

  /** Scores are not scaled; fresh queries are smaller instead. */
  private Linear q(ParameterSource source) {
    double std = config.initStd() / Math.sqrt((double) config.hiddenSize() * config.headDim());
    return Linear.of(source.at("q"), config.hiddenSize(), inner(), false, std);
  }

  private Linear k(ParameterSource source, String name) {
    double std = config.initStd() / Math.sqrt(config.hiddenSize());
    return Linear.of(source.at(name), config.hiddenSize(), inner(), false, std);
  }

  private Linear o(ParameterSource source) {
    double std = config.initStd() / Math.sqrt((double) inner());
    return Linear.of(source.at("o"), inner(), config.hiddenSize(), false, std);
  }

  private long inner() {
    return (long) config.numHeads() * config.headDim();
  }

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
