package dev.rapt.model.seq2seq;

import dev.rapt.model.config.LayerKind;
import dev.rapt.model.decoder.Gemma2;
import dev.rapt.model.decoder.Gemma2Config;
import dev.rapt.nn.EncoderDecoder;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.CrossAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.CrossSandwichBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.SandwichBlock;

/** T5Gemma, arXiv:2504.06225: two Gemma 2, one of which reads in both directions. */
public final class T5Gemma {
  private final T5GemmaConfig config;
  private final Gemma2 encoder;
  private final Gemma2 decoder;

  private T5Gemma(T5GemmaConfig config) {
    this.config = config;
    encoder = new Gemma2(config.encoder());
    decoder = new Gemma2(config.decoder());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static EncoderDecoder build(T5GemmaConfig config, ParameterSource source) {
    T5Gemma model = new T5Gemma(config);
    return new EncoderDecoder(
        model
            .encoder
            .stack(source.at("encoder"), config.dropout(), model::encoderBlock)
            .withDropout(config.dropout()),
        model
            .decoder
            .stack(source.at("decoder"), config.dropout(), model::decoderBlock)
            .withDropout(config.dropout()));
  }

  private Block encoderBlock(int layer, ParameterSource source) {
    LayerKind kind = config.encoder().kinds().get(layer);
    // The reference looks as far as the window in each direction, the token itself not counted.
    LayerKind sees = kind.window() == 0 ? kind : new LayerKind(kind.window() + 1, kind.rope());
    return new SandwichBlock(
        encoder.norm(source.at("pre_self_attn_layernorm")),
        encoder.attention(layer, sees, source.at("self_attn")),
        encoder.norm(source.at("post_self_attn_layernorm")),
        encoder.norm(source.at("pre_feedforward_layernorm")),
        encoder.mlp(source).withDropout(layer, config.dropout()),
        encoder.norm(source.at("post_feedforward_layernorm")),
        Residual.of(layer, config.dropout()));
  }

  private Block decoderBlock(int layer, ParameterSource source) {
    LayerKind kind = config.decoder().kinds().get(layer);
    return new CrossSandwichBlock(
        decoder.norm(source.at("pre_self_attn_layernorm")),
        decoder.attention(layer, kind, source.at("self_attn")),
        decoder.norm(source.at("post_self_attn_layernorm")),
        decoder.norm(source.at("pre_cross_attn_layernorm")),
        crossAttention(layer, source.at("cross_attn")),
        decoder.norm(source.at("post_cross_attn_layernorm")),
        decoder.norm(source.at("pre_feedforward_layernorm")),
        decoder.mlp(source).withDropout(layer, config.dropout()),
        decoder.norm(source.at("post_feedforward_layernorm")),
        Residual.of(layer, config.dropout()));
  }

  private Layer crossAttention(int layer, ParameterSource source) {
    Gemma2Config of = config.decoder();
    long D = of.hiddenSize();
    long H = of.numHeads();
    long G = of.sizes().numKvHeads();
    long E = of.headDim();
    long sourceWidth = config.encoder().hiddenSize();
    return new CrossAttention(
        projection(source.at("q_proj"), D, H * E),
        projection(source.at("k_proj"), sourceWidth, G * E),
        projection(source.at("v_proj"), sourceWidth, G * E),
        of.numHeads(),
        of.sizes().numKvHeads(),
        of.headDim(),
        decoder.attention(layer),
        projection(source.at("o_proj"), H * E, D));
  }

  private Linear projection(ParameterSource source, long from, long to) {
    Gemma2Config of = config.decoder();
    return Linear.of(source, from, to, of.attentionBias(), of.initStd());
  }
}
