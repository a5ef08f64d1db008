package dev.rapt.model.seq2seq;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.config.StackSizes;
import dev.rapt.model.family.Family;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.EncoderDecoder;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.attention.BlockSparseAttention;
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
import java.util.function.BiFunction;
import tools.jackson.databind.node.ObjectNode;

/**
 * BART: an encoder-decoder with post-norm blocks, LayerNorm, learned absolute positions and an MLP
 * with GELU. arXiv:1910.13461. The families beside it differ in the values of {@link Config} and in
 * the points that {@link Wiring} lists, above all post-norm or pre-norm.
 *
 * <pre>
 * encoder: x = norm(scale token[source ids] + position[0 .. S - 1])   (B, S, D)
 *   Le times: x = norm(x + attention(x))                              bidirectional
 *             x = norm(x + mlp(x))
 * decoder: y = norm(scale token[target ids] + position[0 .. T - 1])   (B, T, D)
 *   L times:  y = norm(y + attention(y))                              causal
 *             y = norm(y + crossAttention(y, x))
 *             y = norm(y + mlp(y))
 * logits = y token' + b                                               (B, T, V)
 *
 * pre-norm:  x = x + f(norm(x)) for each part f, and a norm at the end of each stack
 *
 * attention(h):         q = h Wq + bq, k = h Wk + bk, v = h Wv + bv   (B, T, H, E)
 *                       softmax(q k' / sqrt(E)) v Wo + bo             (B, T, H E) to (B, T, D)
 * crossAttention(h, x): q from h, k and v from x
 * mlp(h):               gelu(h W1 + b1) W2 + b2                       (B, T, F) to (B, T, D)
 * </pre>
 */
public final class Bart {
  /** {@code bart}. */
  public static final Family<Config, EncoderDecoder> FAMILY =
      family(Wiring.BART, "BartForConditionalGeneration", "model");

  /** {@code bigbird_pegasus}. */
  public static final Family<Config, EncoderDecoder> BIGBIRD_PEGASUS =
      family(Wiring.BIGBIRD_PEGASUS, "BigBirdPegasusForConditionalGeneration", "model");

  /** {@code blenderbot}. */
  public static final Family<Config, EncoderDecoder> BLENDERBOT =
      family(Wiring.BLENDERBOT, "BlenderbotForConditionalGeneration", "model");

  /** {@code blenderbot-small}. */
  public static final Family<Config, EncoderDecoder> BLENDERBOT_SMALL =
      family(Wiring.BLENDERBOT_SMALL, "BlenderbotSmallForConditionalGeneration", "model");

  /** {@code fsmt}. */
  public static final Family<Config, EncoderDecoder> FSMT =
      family(Wiring.FSMT, "FSMTForConditionalGeneration", "model");

  /** {@code led}. */
  public static final Family<Config, EncoderDecoder> LED =
      family(Wiring.LED, "LEDForConditionalGeneration", "led");

  /** {@code m2m_100}. */
  public static final Family<Config, EncoderDecoder> M2M_100 =
      family(Wiring.M2M100, "M2M100ForConditionalGeneration", "model");

  /** {@code marian}. */
  public static final Family<Config, EncoderDecoder> MARIAN =
      family(Wiring.MARIAN, "MarianMTModel", "model");

  /** {@code mbart}. */
  public static final Family<Config, EncoderDecoder> MBART =
      family(Wiring.MBART, "MBartForConditionalGeneration", "model");

  /** {@code mvp}. */
  public static final Family<Config, EncoderDecoder> MVP =
      family(Wiring.MVP, "MvpForConditionalGeneration", "model");

  /** {@code pegasus}. */
  public static final Family<Config, EncoderDecoder> PEGASUS =
      family(Wiring.PEGASUS, "PegasusForConditionalGeneration", "model");

  /** {@code plbart}. */
  public static final Family<Config, EncoderDecoder> PLBART =
      family(Wiring.PLBART, "PLBartForConditionalGeneration", "model");

  private static Family<Config, EncoderDecoder> family(
      Wiring wiring, String className, String prefix) {
    return new Family<>(wiring.modelType(), className, prefix, Config::parse, Bart::build);
  }

  /**
   * What config.json of a BART, or of a family beside it, says.
   *
   * @param wiring how the family differs from BART in structure
   * @param vocabSize V of the decoder
   * @param sourceVocabSize V of the encoder, the same if the stacks share their embeddings
   * @param hiddenSize D
   * @param encoder sizes of the encoder
   * @param decoder sizes of the decoder
   * @param maxSourcePositions learned positions of the encoder
   * @param maxPositions learned positions of the decoder
   * @param sourceAttention which source tokens a source token sees
   * @param attentionBias whether the projections of attention have biases
   * @param activation of the MLP
   * @param sharedEmbedding whether encoder and decoder have one token embedding
   * @param tiedHead whether the head is the decoder's token embedding
   * @param scaledEmbedding whether token embeddings are multiplied by sqrt(D)
   * @param decoderStartTokenId first token that the decoder reads
   * @param padTokenId the padding token
   * @param initStd standard deviation of fresh weights; with sinusoidal positions, of embeddings
   * @param dropout probability on embeddings and on the results of attention and MLP, in training
   * @param attentionDropout probability on attention weights, in training
   * @param activationDropout probability after the activation of the MLP, in training
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
        throw json.error("use_prompt", "must be false, soft prompts of MVP are not supported");
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
          SourceAttention.parse(json, wiring, encoder.numLayers()),
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
      return !wiring.hasSinusoids();
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
      return new HeadRule(wiring.headName(), wiring.hasLogitsBias(), 1, 0);
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
      sourceAttention.write(json);
      if (wiring == Wiring.BIGBIRD_PEGASUS) {
        json.put(BIAS, attentionBias);
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

  /** Builds the model without its head from the parameters under the prefix of a checkpoint. */
  public static EncoderDecoder build(Config config, ParameterSource source) {
    Bart bart = new Bart(config);
    if (config.sharedEmbedding() && config.tiedHead()) {
      Embedding shared = bart.sharedTokens(source);
      return new EncoderDecoder(
          bart.encoder(source, shared.tied(source.at("encoder.embed_tokens"))),
          bart.decoder(source, shared.tied(source.at("decoder.embed_tokens"))),
          shared.table());
    }
    ParameterSource encoderTokens = source.at("encoder.embed_tokens");
    boolean isTied = config.tiedHead() && config.wiring() == Wiring.FSMT;
    boolean isInEncoder =
        isTied && !source.at("decoder.embed_tokens").has("weight") && encoderTokens.has("weight");
    Embedding decoder =
        bart.tokens(source, isInEncoder ? "encoder" : "decoder", config.vocabSize());
    return new EncoderDecoder(
        bart.encoder(
            source,
            isTied
                ? decoder.tied(encoderTokens)
                : bart.tokens(source, "encoder", config.sourceVocabSize())),
        bart.decoder(source, decoder));
  }

  private Stack encoder(ParameterSource model, Embedding tokens) {
    ParameterSource source = model.at("encoder");
    Embeddings embeddings = embeddings(source, tokens, config.maxSourcePositions());
    Embeddings normed =
        config.wiring().embeddingNorm() == Wiring.EmbeddingNorm.NONE
            ? embeddings
            : embeddings.withNorm(embeddingNorm(source));
    return stack(source, normed, config.encoder(), this::encoderBlock);
  }

  private Stack decoder(ParameterSource model, Embedding tokens) {
    ParameterSource source = model.at("decoder");
    Embeddings embeddings = embeddings(source, tokens, config.maxPositions());
    Embeddings normed =
        switch (config.wiring().embeddingNorm()) {
          case NONE -> embeddings;
          case SUM -> embeddings.withNorm(embeddingNorm(source));
          case TOKENS_IN_DECODER -> embeddings.withTokenNorm(embeddingNorm(source));
        };
    return stack(source, normed, config.decoder(), this::decoderBlock);
  }

  /** Embeddings, blocks, and with pre-norm blocks a final norm. */
  private Stack stack(
      ParameterSource source,
      Embeddings embeddings,
      StackSizes sizes,
      BiFunction<Integer, ParameterSource, Block> block) {
    return new Stack(
            embeddings,
            Stack.blocks(sizes.numLayers(), source.at("layers"), block),
            config.wiring().preNorm() ? norm(source.at(config.wiring().finalNorm())) : null)
        .withLayerDrop(sizes.layerDrop());
  }

  /** The token embeddings of both stacks; some checkpoints store only those of one stack. */
  private Embedding sharedTokens(ParameterSource model) {
    String name =
        model.at("shared").hasTokenEmbedding("weight")
            ? "shared"
            : config.wiring().stacks().stream()
                .map(stack -> stack + ".embed_tokens")
                .filter(own -> model.at(own).has("weight"))
                .findFirst()
                .orElse("shared");
    return Embedding.ofTokens(
            model.at(name), config.vocabSize(), config.hiddenSize(), config.initStd())
        .withPadding(config.padTokenId());
  }

  /** The token embeddings of a stack: with an untied head, it may store its own. */
  private Embedding tokens(ParameterSource model, String stack, int vocabSize) {
    ParameterSource own = model.at(stack).at("embed_tokens");
    boolean isShared = config.sharedEmbedding() && !own.has("weight");
    ParameterSource table = isShared ? model.at("shared") : own;
    boolean mayBeHead = config.tiedHead() && stack.equals("decoder");
    int D = config.hiddenSize();
    return (mayBeHead
            ? Embedding.ofTokens(table, vocabSize, D, config.initStd())
            : Embedding.of(table, vocabSize, D, config.initStd()))
        .withPadding(config.padTokenId());
  }

  /** scale token + position: ids (B, T) to (B, T, D). */
  private Embeddings embeddings(ParameterSource source, Embedding tokens, int maxPositions) {
    int D = config.hiddenSize();
    Wiring wiring = config.wiring();
    Embeddings embeddings =
        Embeddings.of(tokens)
            .scaled(config.scaledEmbedding() ? (float) Math.sqrt(D) : 1)
            .withSinusoids(wiring.sinusoids(config.padTokenId()))
            .withDropout(config.dropout());
    if (wiring.hasSinusoids()) {
      return embeddings;
    }
    int offset = wiring.positionOffset();
    long rows = (long) maxPositions + offset;
    return embeddings.withPositions(
        Embedding.of(source.at("embed_positions"), rows, D, config.initStd()), offset);
  }

  private Norm embeddingNorm(ParameterSource source) {
    return norm(source.at("layernorm_embedding"));
  }

  private Norm norm(ParameterSource source) {
    return Norm.of(Norm.Kind.LAYER, source, config.hiddenSize(), NORM_EPS);
  }

  /** One block of the encoder: maps the residual stream x (B, S, D) to (B, S, D). */
  private Block encoderBlock(int layer, ParameterSource source) {
    Layer attention = sourceAttention(layer, source.at("self_attn"));
    Norm attentionNorm = norm(source.at("self_attn_layer_norm"));
    float innerDropout = config.wiring().hasEncoderMlpDropout() ? config.activationDropout() : 0;
    Layer mlp = mlp(layer, config.encoder(), innerDropout, source);
    Norm mlpNorm = norm(source.at("final_layer_norm"));
    Residual residual = Residual.of(layer, config.dropout());
    return config.wiring().preNorm()
        ? new PreNormBlock(attentionNorm, attention, mlpNorm, mlp, residual)
        : new PostNormBlock(attention, attentionNorm, mlp, mlpNorm, residual);
  }

  /** One block of the decoder: maps the residual stream y (B, T, D) to (B, T, D). */
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

  /** Self-attention of the encoder: full, LED's sliding window, or BigBird-Pegasus's blocks. */
  private Layer sourceAttention(int layer, ParameterSource source) {
    return switch (config.sourceAttention()) {
      case SourceAttention.Full _ -> selfAttention(layer, config.encoder(), source);
      case SourceAttention.Windows windows -> {
        ParameterSource self = source.at("longformer_self_attn");
        yield new LocalGlobalAttention(
            layer,
            windows.sizes().get(layer) / 2,
            longSourceQkv(self, ""),
            longSourceQkv(self, "_global"),
            config.attentionDropout(),
            attentionProjection(source.at("output")));
      }
      case SourceAttention.Blocks(BlockSparseAttention.Sparsity sparsity) ->
          new BlockSparseAttention(
              layer,
              sparsity,
              longSourceQkv(source.at("self"), ""),
              config.attentionDropout(),
              attentionProjection(source.at("output")));
    };
  }

  /** softmax(q k' / sqrt(E)) v, and the output projection. */
  private Layer selfAttention(int layer, StackSizes sizes, ParameterSource source) {
    int D = config.hiddenSize();
    int H = sizes.numHeads();
    int E = D / H;
    return new SelfAttention(
        new QkvProjection.Separate(
            attentionProjection(source.at("q_proj")),
            attentionProjection(source.at("k_proj")),
            attentionProjection(source.at("v_proj")),
            H,
            H,
            E),
        null, // no RoPE
        Attention.of(layer, E).withDropout(config.attentionDropout()),
        attentionProjection(source.at("out_proj")));
  }

  /** As self-attention, with keys and values from the encoder. */
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

  /** QKV projections under the names of Longformer and BigBird, with this suffix. */
  private QkvProjection.Separate longSourceQkv(ParameterSource source, String suffix) {
    int H = config.encoder().numHeads();
    return new QkvProjection.Separate(
        attentionProjection(source.at("query" + suffix)),
        attentionProjection(source.at("key" + suffix)),
        attentionProjection(source.at("value" + suffix)),
        H,
        H,
        config.hiddenSize() / H);
  }

  private Linear attentionProjection(ParameterSource source) {
    int D = config.hiddenSize();
    return Linear.of(source, D, D, config.attentionBias(), init());
  }

  /** gelu(h W1 + b1) W2 + b2. */
  private Layer mlp(int layer, StackSizes sizes, float dropout, ParameterSource source) {
    int D = config.hiddenSize();
    int F = sizes.intermediateSize();
    return new Mlp(
            Linear.of(source.at("fc1"), D, F, true, init()),
            config.activation(),
            Linear.of(source.at("fc2"), F, D, true, init()))
        .withDropout(layer, dropout);
  }

  /** How fresh weights of the blocks begin. */
  private Init init() {
    return config.wiring().beginsWithGlorot()
        ? new Init.GlorotUniform()
        : new Init.Normal(config.initStd());
  }
}
