package dev.rapt.model.seq2seq;

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

/**
 * T5. arXiv:1910.10683; mT5, arXiv:2010.11934; UMT5, arXiv:2304.09151; LongT5, arXiv:2112.07916,
 * with local attention. RMS norm before each part, no biases, scores that are not scaled, positions
 * told by a learned score for ranges of distance.
 */
public final class T5 {
  private final T5Config config;

  private T5(T5Config config) {
    this.config = config;
  }

  /** A model with the parameters of a checkpoint. */
  public static EncoderDecoder build(T5Config config, ParameterSource source) {
    T5 t5 = new T5(config);
    Embedding tokens = t5.tokens(source);
    return new EncoderDecoder(
        t5.stack(source.at("encoder"), tokens, config.numEncoderLayers(), true),
        t5.stack(source.at("decoder"), tokens, config.numLayers(), false));
  }

  /** The encoder alone, as T5EncoderModel is. */
  public static Stack encoder(T5Config config, ParameterSource source) {
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
        projections(source), null, attention(layer).within(window).withBias(bias), o(source));
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
