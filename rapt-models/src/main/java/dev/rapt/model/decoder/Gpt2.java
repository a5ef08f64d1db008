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

/** GPT-2. Language Models are Unsupervised Multitask Learners, Radford et al. 2019, section 2.3. */
public final class Gpt2 {
  private final Gpt2Config config;
  private final DecoderParts parts;

  private Gpt2(Gpt2Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes()).inputMajor();
  }

  /** A model with the parameters under {@code transformer} of a checkpoint. */
  public static Backbone build(Gpt2Config config, ParameterSource source) {
    Gpt2 model = new Gpt2(config);
    DecoderParts parts = model.parts;
    return new Stack(
        parts
            .embeddings(source, "wte")
            .withPositions(parts.table(source.at("wpe"), config.maxPositions()), 0)
            .withDropout(config.dropout().embeddings()),
        Stack.blocks(config.numLayers(), source.at("h"), model::block),
        model.norm(source.at("ln_f")));
  }

  /** Attention, then MLP, each on the normalised stream and added to it. */
  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm(source.at("ln_1")),
        attention(layer, source.at("attn")),
        norm(source.at("ln_2")),
        parts.mlp(source.at("mlp"), "c_fc", config.activation(), "c_proj", true),
        Residual.of(layer, config.dropout().residual()));
  }

  /** Multi-head attention with one projection to queries, keys and values. */
  private SelfAttention attention(int layer, ParameterSource source) {
    double scale = config.scaleScores() ? 1 / Math.sqrt(config.headDim()) : 1;
    return new SelfAttention(
        parts.fusedQkv(source, "c_attn", true),
        null,
        parts
            .attention(layer)
            .scaled(config.scaleByLayer() ? scale / (layer + 1) : scale)
            .withDropout(config.dropout().attention()),
        parts.output(source, "c_proj", true));
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, config.normEps());
  }
}
