package dev.rapt.model.bart;

import dev.rapt.model.config.StackSizes;
import dev.rapt.nn.Attention;
import dev.rapt.nn.Block;
import dev.rapt.nn.CrossAttention;
import dev.rapt.nn.CrossPostNormBlock;
import dev.rapt.nn.CrossPreNormBlock;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.EncoderDecoder;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.LocalGlobalAttention;
import dev.rapt.nn.Mlp;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.PostNormBlock;
import dev.rapt.nn.PreNormBlock;
import dev.rapt.nn.QkvProjection;
import dev.rapt.nn.Residual;
import dev.rapt.nn.SelfAttention;
import dev.rapt.nn.Stack;

/**
 * BART (arXiv:1910.13461), LED, mBART, Marian, Pegasus, M2M100 and NLLB: the Transformer of 2017
 * (arXiv:1706.03762) and its closest kin.
 */
public final class Bart {
  private static final float NORM_EPS = 1e-5f;

  private final BartConfig config;

  private Bart(BartConfig config) {
    this.config = config;
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static EncoderDecoder build(BartConfig config, ParameterSource source) {
    Bart bart = new Bart(config);
    return new EncoderDecoder(bart.encoder(source), bart.decoder(source));
  }

  private Stack encoder(ParameterSource model) {
    ParameterSource source = model.at("encoder");
    return new Stack(
        embeddings(
            source, tokens(model, source, config.sourceVocabSize()), config.maxSourcePositions()),
        Stack.blocks(config.encoder().numLayers(), source.at("layers"), this::encoderBlock),
        config.wiring().preNorm() ? norm(source.at("layer_norm")) : null);
  }

  private Stack decoder(ParameterSource model) {
    ParameterSource source = model.at("decoder");
    return new Stack(
        embeddings(source, tokens(model, source, config.vocabSize()), config.maxPositions()),
        Stack.blocks(config.decoder().numLayers(), source.at("layers"), this::decoderBlock),
        config.wiring().preNorm() ? norm(source.at("layer_norm")) : null);
  }

  private Embedding tokens(ParameterSource model, ParameterSource stack, int vocabSize) {
    return Embedding.of(
            config.sharedEmbedding() ? model.at("shared") : stack.at("embed_tokens"),
            vocabSize,
            config.hiddenSize(),
            config.initStd())
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
    return wiring.embeddingNorm()
        ? embeddings.withNorm(norm(source.at("layernorm_embedding")))
        : embeddings;
  }

  private Norm norm(ParameterSource source) {
    return Norm.of(Norm.Kind.LAYER, source, config.hiddenSize(), NORM_EPS);
  }

  private Block encoderBlock(int layer, ParameterSource source) {
    Layer attention =
        config.windows().isEmpty()
            ? selfAttention(layer, config.encoder(), source.at("self_attn"))
            : windowedAttention(layer, source.at("self_attn"));
    Norm attentionNorm = norm(source.at("self_attn_layer_norm"));
    Layer mlp = mlp(layer, config.encoder(), source);
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
    Layer mlp = mlp(layer, config.decoder(), source);
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
        QkvProjection.Separate.of(source, D, H, H, E, true, config.initStd()),
        null,
        Attention.of(layer, E).withDropout(config.attentionDropout()),
        projection(source.at("out_proj"), D, D));
  }

  private Layer windowedAttention(int layer, ParameterSource source) {
    ParameterSource inner = source.at("longformer_self_attn");
    return new LocalGlobalAttention(
        layer,
        config.windows().get(layer) / 2,
        encoderProjections(inner, ""),
        encoderProjections(inner, "_global"),
        config.attentionDropout(),
        projection(source.at("output"), config.hiddenSize(), config.hiddenSize()));
  }

  private QkvProjection.Separate encoderProjections(ParameterSource source, String suffix) {
    int D = config.hiddenSize();
    int H = config.encoder().numHeads();
    return new QkvProjection.Separate(
        projection(source.at("query" + suffix), D, D),
        projection(source.at("key" + suffix), D, D),
        projection(source.at("value" + suffix), D, D),
        H,
        H,
        D / H);
  }

  private Layer crossAttention(int layer, ParameterSource source) {
    int D = config.hiddenSize();
    int H = config.decoder().numHeads();
    return new CrossAttention(
        projection(source.at("q_proj"), D, D),
        projection(source.at("k_proj"), D, D),
        projection(source.at("v_proj"), D, D),
        H,
        D / H,
        Attention.of(layer, D / H).withDropout(config.attentionDropout()),
        projection(source.at("out_proj"), D, D));
  }

  private Layer mlp(int layer, StackSizes sizes, ParameterSource source) {
    int D = config.hiddenSize();
    int F = sizes.intermediateSize();
    return new Mlp(
            projection(source.at("fc1"), D, F),
            config.activation(),
            projection(source.at("fc2"), F, D))
        .withDropout(layer, config.activationDropout());
  }

  private Linear projection(ParameterSource source, int inputSize, int outputSize) {
    return Linear.of(source, inputSize, outputSize, true, config.initStd());
  }
}
