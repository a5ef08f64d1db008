package dev.rapt.model.seq2seq;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.config.StackSizes;
import dev.rapt.model.encoder.BlockSparseAttention;
import dev.rapt.model.encoder.BlockSparsity;
import dev.rapt.model.encoder.Longformer;
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
import dev.rapt.nn.attention.LocalGlobalAttention;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.CrossPostNormBlock;
import dev.rapt.nn.block.CrossPreNormBlock;
import dev.rapt.nn.block.PostNormBlock;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.nn.mlp.Mlp;
import tools.jackson.databind.node.ObjectNode;

/**
 * BART (arXiv:1910.13461) and what is wired like it, see {@link Wiring}: the Transformer of 2017
 * (arXiv:1706.03762) and its closest kin.
 */
public final class Bart {
  /** {@code bart}. */
  public static final Family<Config, EncoderDecoder> FAMILY =
      new Family<>("bart", "BartForConditionalGeneration", "model", Config::parse, Bart::build);

  /** {@code bigbird_pegasus}. */
  public static final Family<Config, EncoderDecoder> BIGBIRD_PEGASUS =
      new Family<>(
          "bigbird_pegasus",
          "BigBirdPegasusForConditionalGeneration",
          "model",
          Config::parse,
          Bart::build);

  /** {@code blenderbot}. */
  public static final Family<Config, EncoderDecoder> BLENDERBOT =
      new Family<>(
          "blenderbot", "BlenderbotForConditionalGeneration", "model", Config::parse, Bart::build);

  /** {@code blenderbot-small}. */
  public static final Family<Config, EncoderDecoder> BLENDERBOT_SMALL =
      new Family<>(
          "blenderbot-small",
          "BlenderbotSmallForConditionalGeneration",
          "model",
          Config::parse,
          Bart::build);

  /** {@code fsmt}. */
  public static final Family<Config, EncoderDecoder> FSMT =
      new Family<>("fsmt", "FSMTForConditionalGeneration", "model", Config::parse, Bart::build);

  /** {@code led}. */
  public static final Family<Config, EncoderDecoder> LED =
      new Family<>("led", "LEDForConditionalGeneration", "led", Config::parse, Bart::build);

  /** {@code m2m_100}. */
  public static final Family<Config, EncoderDecoder> M2M_100 =
      new Family<>(
          "m2m_100", "M2M100ForConditionalGeneration", "model", Config::parse, Bart::build);

  /** {@code marian}. */
  public static final Family<Config, EncoderDecoder> MARIAN =
      new Family<>("marian", "MarianMTModel", "model", Config::parse, Bart::build);

  /** {@code mbart}. */
  public static final Family<Config, EncoderDecoder> MBART =
      new Family<>("mbart", "MBartForConditionalGeneration", "model", Config::parse, Bart::build);

  /** {@code mvp}. */
  public static final Family<Config, EncoderDecoder> MVP =
      new Family<>("mvp", "MvpForConditionalGeneration", "model", Config::parse, Bart::build);

  /** {@code pegasus}. */
  public static final Family<Config, EncoderDecoder> PEGASUS =
      new Family<>(
          "pegasus", "PegasusForConditionalGeneration", "model", Config::parse, Bart::build);

  /** {@code plbart}. */
  public static final Family<Config, EncoderDecoder> PLBART =
      new Family<>("plbart", "PLBartForConditionalGeneration", "model", Config::parse, Bart::build);

  /**
   * BART and the encoder-decoders that are built like it; see {@link Wiring} for how they differ.
   *
   * @param vocabSize V of the decoder
   * @param sourceVocabSize V of the encoder; the same where they share their embedding
   * @param sharedEmbedding whether encoder and decoder look tokens up in one table
   * @param scaledEmbedding whether tokens' vectors are multiplied by the root of the width
   * @param maxSourcePositions rows of the encoder's table of positions, where they are learned
   * @param sourceAttention what tokens of the source see of each other
   * @param attentionBias whether the projections of attention have biases
   * @param dropout probability after embeddings and projections, in training
   * @param attentionDropout the same for attention weights
   * @param activationDropout the same for what the MLP's last projection reads
   */
  public record Config(
      Wiring wiring,
      int vocabSize,
      int sourceVocabSize,
      int hiddenSize,
      StackSizes encoder,
      StackSizes decoder,
      int maxSourcePositions,
      int maxPositions,
      SourceAttention sourceAttention,
      boolean attentionBias,
      Activation activation,
      boolean sharedEmbedding,
      boolean tiedHead,
      boolean scaledEmbedding,
      int decoderStartTokenId,
      int padTokenId,
      double initStd,
      float dropout,
      float attentionDropout,
      float activationDropout)
      implements Seq2SeqConfig {

    private static final String POSITIONS = "max_position_embeddings";
    private static final String SOURCE_POSITIONS = "max_encoder_position_embeddings";
    private static final String BIAS = "use_bias";
    private static final String TARGET_POSITIONS = "max_decoder_position_embeddings";

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      Wiring wiring = Wiring.of(json);
      Wiring.Defaults defaults = wiring.defaults();
      boolean isFsmt = wiring == Wiring.FSMT;
      int sourceVocabSize =
          json.requireInt(isFsmt ? "src_vocab_size" : "vocab_size", 1, Integer.MAX_VALUE);
      int vocabSize =
          isFsmt
              ? json.requireInt("tgt_vocab_size", 1, Integer.MAX_VALUE)
              : json.intOr("decoder_vocab_size", sourceVocabSize, 1, Integer.MAX_VALUE);
      int padTokenId = json.intOr("pad_token_id", defaults.padTokenId(), 0, sourceVocabSize - 1);
      int startTokenId =
          defaults.decoderStartTokenId() < 0 ? padTokenId : defaults.decoderStartTokenId();
      boolean isLed = wiring == Wiring.LED;
      if (wiring == Wiring.MVP && json.boolOr("use_prompt", false)) {
        throw json.error("use_prompt", "must be false, prompts of MVP are not supported");
      }
      StackSizes encoder = stack(json, "encoder", defaults.layerDrop());
      return new Config(
          wiring,
          vocabSize,
          sourceVocabSize,
          json.requireInt("d_model", 1, Integer.MAX_VALUE),
          encoder,
          stack(json, "decoder", defaults.layerDrop()),
          json.intOr(
              isLed ? SOURCE_POSITIONS : POSITIONS, isLed ? 16384 : 1024, 1, Integer.MAX_VALUE),
          json.intOr(isLed ? TARGET_POSITIONS : POSITIONS, 1024, 1, Integer.MAX_VALUE),
          sourceAttention(json, wiring, encoder.numLayers()),
          wiring != Wiring.BIGBIRD_PEGASUS || json.boolOr(BIAS, false),
          Activations.read(json, "activation_function", Activations.name(defaults.activation())),
          !isFsmt && json.boolOr("share_encoder_decoder_embeddings", true),
          json.boolOr("tie_word_embeddings", defaults.tiedHead()),
          json.boolOr("scale_embedding", defaults.scaledEmbedding()),
          json.intOr("decoder_start_token_id", startTokenId, 0, vocabSize - 1),
          padTokenId,
          json.atLeastZeroOr("init_std", 0.02),
          json.dropoutOr("dropout", 0.1),
          json.dropoutOr("attention_dropout", defaults.attentionDropout()),
          json.dropoutOr("activation_dropout", 0));
    }

    private static SourceAttention sourceAttention(
        ConfigReader json, Wiring wiring, int numLayers) {
      return switch (wiring) {
        case LED -> new SourceAttention.Windows(Longformer.Config.windows(json, numLayers));
        case BIGBIRD_PEGASUS -> new SourceAttention.Blocks(BlockSparsity.parse(json));
        default -> SourceAttention.FULL;
      };
    }

    private static StackSizes stack(ConfigReader json, String name, float layerDrop) {
      int width = json.requireInt("d_model", 1, Integer.MAX_VALUE);
      String headsKey = name + "_attention_heads";
      int numHeads = json.requireInt(headsKey, 1, Integer.MAX_VALUE);
      if (width % numHeads != 0) {
        throw json.error(headsKey, "must divide d_model, got %d and %d".formatted(numHeads, width));
      }
      return new StackSizes(
          json.requireInt(name + "_layers", 1, Integer.MAX_VALUE),
          numHeads,
          json.requireInt(name + "_ffn_dim", 1, Integer.MAX_VALUE),
          json.dropoutOr(name + "_layerdrop", layerDrop));
    }

    @Override
    public String modelType() {
      return wiring.modelType();
    }

    @Override
    public int numLayers() {
      return decoder.numLayers();
    }

    @Override
    public int numEncoderLayers() {
      return encoder.numLayers();
    }

    @Override
    public int numHeads() {
      return decoder.numHeads();
    }

    @Override
    public boolean endsAtMaxPositions() {
      return wiring.sinusoids(padTokenId) == null;
    }

    @Override
    public boolean startsWithLastToken() {
      return wiring.startsWithLastToken();
    }

    @Override
    public boolean tiedHead(boolean stored) {
      return tiedHead;
    }

    @Override
    public HeadRule head() {
      return new HeadRule(wiring.headName(), wiring.hasLogitsBias(), 1, 0); // final_logits_bias
    }

    @Override
    public boolean hasGlobalTokens() {
      return sourceAttention instanceof SourceAttention.Windows;
    }

    @Override
    public void write(ObjectNode json) {
      if (wiring == Wiring.FSMT) {
        json.put("src_vocab_size", sourceVocabSize).put("tgt_vocab_size", vocabSize);
      } else {
        json.put("vocab_size", sourceVocabSize).put("decoder_vocab_size", vocabSize);
      }
      json.put("d_model", hiddenSize);
      write(json, "encoder", encoder);
      write(json, "decoder", decoder);
      if (wiring == Wiring.LED) {
        json.put(SOURCE_POSITIONS, maxSourcePositions).put(TARGET_POSITIONS, maxPositions);
      } else {
        json.put(POSITIONS, maxPositions);
      }
      switch (sourceAttention) {
        case SourceAttention.Full _ -> {}
        case SourceAttention.Windows windows ->
            windows.sizes().forEach(json.putArray(Longformer.Config.WINDOW)::add);
        case SourceAttention.Blocks(BlockSparsity blocks) -> {
          blocks.write(json);
          json.put(BIAS, attentionBias);
        }
      }
      json.put("activation_function", Activations.name(activation))
          .put("share_encoder_decoder_embeddings", sharedEmbedding)
          .put("tie_word_embeddings", tiedHead)
          .put("scale_embedding", scaledEmbedding)
          .put("decoder_start_token_id", decoderStartTokenId)
          .put("pad_token_id", padTokenId)
          .put("init_std", initStd)
          .put("dropout", Double.parseDouble(Float.toString(dropout)))
          .put("attention_dropout", Double.parseDouble(Float.toString(attentionDropout)))
          .put("activation_dropout", Double.parseDouble(Float.toString(activationDropout)))
          .put("is_encoder_decoder", true);
    }

    private static void write(ObjectNode json, String name, StackSizes stack) {
      json.put(name + "_layers", stack.numLayers())
          .put(name + "_attention_heads", stack.numHeads())
          .put(name + "_ffn_dim", stack.intermediateSize())
          .put(name + "_layerdrop", Double.parseDouble(Float.toString(stack.layerDrop())));
    }
  }

  private static final float NORM_EPS = 1e-5f;

  private final Config config;

  private Bart(Config config) {
    this.config = config;
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static EncoderDecoder build(Config config, ParameterSource source) {
    Bart bart = new Bart(config);
    return new EncoderDecoder(bart.encoder(source), bart.decoder(source));
  }

  private Stack encoder(ParameterSource model) {
    ParameterSource source = model.at("encoder");
    Embedding tokens = tokens(model, source, config.sourceVocabSize());
    Embeddings embeddings = embeddings(source, tokens, config.maxSourcePositions());
    return new Stack(
            config.wiring().embeddingNorm() == Wiring.EmbeddingNorm.NONE
                ? embeddings
                : embeddings.withNorm(embeddingNorm(source)),
            Stack.blocks(config.encoder().numLayers(), source.at("layers"), this::encoderBlock),
            config.wiring().preNorm() ? norm(source.at(config.wiring().finalNorm())) : null)
        .withLayerDrop(config.encoder().layerDrop());
  }

  private Stack decoder(ParameterSource model) {
    ParameterSource source = model.at("decoder");
    Embedding tokens = tokens(model, source, config.vocabSize());
    Embeddings embeddings = embeddings(source, tokens, config.maxPositions());
    return new Stack(
            switch (config.wiring().embeddingNorm()) {
              case NONE -> embeddings;
              case OF_SUM -> embeddings.withNorm(embeddingNorm(source));
              case OF_TOKENS_IN_DECODER -> embeddings.withTokenNorm(embeddingNorm(source));
            },
            Stack.blocks(config.decoder().numLayers(), source.at("layers"), this::decoderBlock),
            config.wiring().preNorm() ? norm(source.at(config.wiring().finalNorm())) : null)
        .withLayerDrop(config.decoder().layerDrop());
  }

  /** A model whose head is not tied may have a table in each stack in place of the shared one. */
  private Embedding tokens(ParameterSource model, ParameterSource stack, int vocabSize) {
    ParameterSource own = stack.at("embed_tokens");
    boolean shared = config.sharedEmbedding() && (config.tiedHead(false) || !own.has("weight"));
    return Embedding.of(
            shared ? model.at("shared") : own, vocabSize, config.hiddenSize(), config.initStd())
        .withPadding(config.padTokenId());
  }

  private Embeddings embeddings(ParameterSource source, Embedding tokens, int maxPositions) {
    int D = config.hiddenSize();
    Wiring wiring = config.wiring();
    Embeddings embeddings =
        Embeddings.of(tokens)
            .scaled(config.scaledEmbedding() ? (float) Math.sqrt(D) : 1)
            .withSinusoids(wiring.sinusoids(config.padTokenId()))
            .withDropout(config.dropout());
    if (config.endsAtMaxPositions()) {
      int offset = wiring.learnedOffset();
      embeddings =
          embeddings.withPositions(
              Embedding.of(
                  source.at("embed_positions"), (long) maxPositions + offset, D, config.initStd()),
              offset);
    }
    return embeddings;
  }

  private Norm embeddingNorm(ParameterSource source) {
    return norm(source.at("layernorm_embedding"));
  }

  private Norm norm(ParameterSource source) {
    return Norm.of(Norm.Kind.LAYER, source, config.hiddenSize(), NORM_EPS);
  }

  private Block encoderBlock(int layer, ParameterSource source) {
    ParameterSource at = source.at("self_attn");
    Layer attention =
        switch (config.sourceAttention()) {
          case SourceAttention.Full _ -> selfAttention(layer, config.encoder(), at);
          case SourceAttention.Windows windows -> windowedAttention(layer, windows, at);
          case SourceAttention.Blocks(BlockSparsity blocks) -> blockAttention(layer, blocks, at);
        };
    Norm attentionNorm = norm(source.at("self_attn_layer_norm"));
    float inside = config.wiring().dropsInsideEncoder() ? config.activationDropout() : 0;
    Layer mlp = mlp(layer, config.encoder(), inside, source);
    Norm mlpNorm = norm(source.at("final_layer_norm"));
    Residual residual = Residual.of(layer, config.dropout());
    return config.wiring().preNorm()
        ? new PreNormBlock(attentionNorm, attention, mlpNorm, mlp, residual)
        : new PostNormBlock(attention, attentionNorm, mlp, mlpNorm, residual);
  }

  private Block decoderBlock(int layer, ParameterSource source) {
    Layer attention = selfAttention(layer, config.decoder(), source.at("self_attn"));
    Norm attentionNorm = norm(source.at("self_attn_layer_norm"));
    Layer cross = crossAttention(layer, source.at("encoder_attn"));
    Norm crossNorm = norm(source.at("encoder_attn_layer_norm"));
    Layer mlp = mlp(layer, config.decoder(), config.activationDropout(), source);
    Norm mlpNorm = norm(source.at("final_layer_norm"));
    Residual residual = Residual.of(layer, config.dropout());
    return config.wiring().preNorm()
        ? new CrossPreNormBlock(attentionNorm, attention, crossNorm, cross, mlpNorm, mlp, residual)
        : new CrossPostNormBlock(
            attention, attentionNorm, cross, crossNorm, mlp, mlpNorm, residual);
  }

  private Layer selfAttention(int layer, StackSizes sizes, ParameterSource source) {
    int D = config.hiddenSize();
    int H = sizes.numHeads();
    int E = D / H;
    return new SelfAttention(
        QkvProjection.Separate.of(source, D, H, H, E, config.attentionBias(), config.initStd()),
        null,
        Attention.of(layer, E).withDropout(config.attentionDropout()),
        attentionProjection(source.at("out_proj")));
  }

  private Layer blockAttention(int layer, BlockSparsity blocks, ParameterSource source) {
    return new BlockSparseAttention(
        layer,
        blocks,
        encoderProjections(source.at("self"), ""),
        config.attentionDropout(),
        attentionProjection(source.at("output")));
  }

  private Layer windowedAttention(
      int layer, SourceAttention.Windows windows, ParameterSource source) {
    ParameterSource inner = source.at("longformer_self_attn");
    return new LocalGlobalAttention(
        layer,
        windows.sizes().get(layer) / 2,
        encoderProjections(inner, ""),
        encoderProjections(inner, "_global"),
        config.attentionDropout(),
        attentionProjection(source.at("output")));
  }

  private QkvProjection.Separate encoderProjections(ParameterSource source, String suffix) {
    int D = config.hiddenSize();
    int H = config.encoder().numHeads();
    return new QkvProjection.Separate(
        attentionProjection(source.at("query" + suffix)),
        attentionProjection(source.at("key" + suffix)),
        attentionProjection(source.at("value" + suffix)),
        H,
        H,
        D / H);
  }

  private Layer crossAttention(int layer, ParameterSource source) {
    int D = config.hiddenSize();
    int H = config.decoder().numHeads();
    return new CrossAttention(
        attentionProjection(source.at("q_proj")),
        attentionProjection(source.at("k_proj")),
        attentionProjection(source.at("v_proj")),
        H,
        D / H,
        Attention.of(layer, D / H).withDropout(config.attentionDropout()),
        attentionProjection(source.at("out_proj")));
  }

  private Layer mlp(int layer, StackSizes sizes, float dropout, ParameterSource source) {
    int D = config.hiddenSize();
    int F = sizes.intermediateSize();
    return new Mlp(
            projection(source.at("fc1"), D, F),
            config.activation(),
            projection(source.at("fc2"), F, D))
        .withDropout(layer, dropout);
  }

  private Linear attentionProjection(ParameterSource source) {
    int D = config.hiddenSize();
    return Linear.of(source, D, D, config.attentionBias(), config.initStd());
  }

  private Linear projection(ParameterSource source, int inputSize, int outputSize) {
    return Linear.of(source, inputSize, outputSize, true, config.initStd());
  }
}
