package dev.rapt.model.seq2seq;

import dev.rapt.model.config.StackSizes;
import dev.rapt.model.encoder.BlockSparseAttention;
import dev.rapt.model.encoder.BlockSparsity;
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

/**
 * BART (arXiv:1910.13461) and what is wired like it, see {@link Wiring}: the Transformer of 2017
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
