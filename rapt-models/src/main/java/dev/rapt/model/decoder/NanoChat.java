package dev.rapt.model.decoder;

import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.HeadNorm;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;

/** nanochat of Andrej Karpathy. github.com/karpathy/nanochat, nanochat/gpt.py, October 2025. */
public final class NanoChat {
  private final NanoChatConfig config;
  private final DecoderParts parts;
  private final Norm norm;

  private NanoChat(NanoChatConfig config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
    norm = new Norm.PlainRms(config.normEps());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(NanoChatConfig config, ParameterSource source) {
    NanoChat chat = new NanoChat(config);
    return new Stack(
        chat.parts.embeddings(source).withNorm(chat.norm),
        Stack.blocks(config.numLayers(), source.at("layers"), chat::block),
        chat.norm);
  }

  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm,
        attention(layer, source.at("self_attn")),
        norm,
        parts.mlp(source.at("mlp"), "fc1", config.activation(), "fc2", false),
        Residual.of(layer, 0));
  }

  /** Norms without weights commute with rotations, so that it does not matter which is first. */
  private SelfAttention attention(int layer, ParameterSource source) {
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        new HeadNorm.PerHead(norm),
        new HeadNorm.PerHead(norm),
        parts.rope(config.rope()).reversed(),
        parts.attention(layer).withDropout(config.dropout()),
        parts.output(source, config.attentionBias()));
  }
}
