package dev.rapt.model.decoder;

import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.attention.HeadNorm;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.SandwichBlock;
import dev.rapt.nn.block.Stack;
import dev.rapt.nn.mlp.GatedMlp;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Gemma 2 and 3. arXiv:2408.00118, section 2; arXiv:2503.19786, section 2. */
public final class Gemma2 {
  private final Gemma2Config config;
  private final DecoderParts parts;

  public Gemma2(Gemma2Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Gemma2Config config, ParameterSource source) {
    Gemma2 gemma = new Gemma2(config);
    return gemma.stack(source, 0, gemma::block);
  }

  /** Embeddings, these blocks, and the final norm. */
  public Stack stack(
      ParameterSource source,
      float embeddingDropout,
      BiFunction<Integer, ParameterSource, Block> block) {
    return new Stack(
        parts.embeddings(source).scaled(config.embeddingScale()).withDropout(embeddingDropout),
        Stack.blocks(config.numLayers(), source.at("layers"), block),
        norm(source.at("norm")));
  }

  private Block block(int layer, ParameterSource source) {
    return new SandwichBlock(
        norm(source.at("input_layernorm")),
        attention(layer, config.kinds().get(layer), source.at("self_attn")),
        norm(source.at("post_attention_layernorm")),
        norm(source.at("pre_feedforward_layernorm")),
        mlp(source),
        norm(source.at("post_feedforward_layernorm")),
        Residual.of(layer, 0));
  }

  public GatedMlp mlp(ParameterSource block) {
    return parts.gatedMlp(block.at("mlp"), config.activation(), false);
  }

  public Norm norm(ParameterSource source) {
    return parts.rmsNormAroundOne(source, config.normEps());
  }

  public SelfAttention attention(int layer, LayerKind kind, ParameterSource source) {
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        headNorm(source.at("q_norm")),
        headNorm(source.at("k_norm")),
        parts.rope(kind),
        attention(layer).within(kind.window()),
        parts.output(source, config.attentionBias()));
  }

  /** Attention between the projections, over everything. */
  public Attention attention(int layer) {
    return parts
        .attention(layer)
        .scaled(config.scoreScale())
        .capped(config.scoreCap())
        .withDropout(config.dropout());
  }

  private @Nullable HeadNorm headNorm(ParameterSource source) {
    return config.headNorms()
        ? new HeadNorm.PerHead(Norm.RmsNorm.aroundOne(source, config.headDim(), config.normEps()))
        : null;
  }
}
