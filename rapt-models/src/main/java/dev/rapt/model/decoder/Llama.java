package dev.rapt.model.decoder;

import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;

/** Llama 1 to 3. arXiv:2302.13971, arXiv:2307.09288, arXiv:2407.21783. */
public final class Llama {
  private final LlamaConfig config;
  private final DecoderParts parts;

  private Llama(LlamaConfig config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(LlamaConfig config, ParameterSource source) {
    Llama llama = new Llama(config);
    return new Stack(
        llama.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), llama::block),
        llama.norm(source.at("norm")));
  }

  /** Attention, then gated MLP, each on the normalised stream and added to it. */
  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm(source.at("input_layernorm")),
        attention(layer, source.at("self_attn")),
        norm(source.at("post_attention_layernorm")),
        parts.gatedMlp(source.at("mlp"), config.activation(), config.mlpBias()),
        Residual.of(layer, config.dropout()));
  }

  /** Rotary self-attention; G key-value heads are shared by H query heads. */
  private SelfAttention attention(int layer, ParameterSource source) {
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout()),
        parts.output(source, config.attentionBias()));
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }
}
