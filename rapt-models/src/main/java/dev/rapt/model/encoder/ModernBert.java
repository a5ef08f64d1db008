package dev.rapt.model.encoder;

import dev.rapt.model.config.EncoderSizes;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.attention.Rope;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.nn.mlp.FusedGatedMlp;

/** ModernBERT. arXiv:2412.13663, section 2. */
public final class ModernBert {
  private final ModernBertConfig config;
  private final EncoderSizes sizes;
  private final Rope globalRope;
  private final Rope localRope;

  private ModernBert(ModernBertConfig config) {
    this.config = config;
    sizes = config.sizes();
    globalRope = config.globalRope().rope(sizes.headDim(), false);
    localRope = config.localRope().rope(sizes.headDim(), false);
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(ModernBertConfig config, ParameterSource source) {
    ModernBert model = new ModernBert(config);
    EncoderSizes sizes = config.sizes();
    ParameterSource tables = source.at("embeddings");
    return new Stack(
        Embeddings.of(
                Embedding.of(
                    tables.at("tok_embeddings"),
                    sizes.vocabSize(),
                    sizes.hiddenSize(),
                    sizes.initStd()))
            .withNorm(model.norm(tables.at("norm")))
            .withDropout(sizes.dropout()),
        Stack.blocks(sizes.numLayers(), source.at("layers"), model::block),
        model.norm(source.at("final_norm")));
  }

  private Norm norm(ParameterSource source) {
    return Norm.LayerNorm.of(source, sizes.hiddenSize(), sizes.normEps(), config.normBias());
  }

  /** Attention, then gated MLP; the first block's input has been normalised already. */
  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        layer == 0 ? new Norm.Identity() : norm(source.at("attn_norm")),
        attention(layer, source.at("attn")),
        norm(source.at("mlp_norm")),
        mlp(source.at("mlp")),
        Residual.of(layer, config.mlpDropout()));
  }

  /** Attention over the whole text, or over a few tokens to either side. */
  private SelfAttention attention(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    int H = sizes.numHeads();
    int E = sizes.headDim();
    boolean global = config.isGlobal().get(layer);
    boolean bias = config.attentionBias();
    return new SelfAttention(
        new QkvProjection.Fused(
            Linear.of(source.at("Wqkv"), D, 3L * D, bias, sizes.initStd()), H, H, E),
        global ? globalRope : localRope,
        Attention.of(layer, E)
            .within(global ? 0 : config.reach() + 1)
            .withDropout(sizes.attentionDropout()),
        Linear.of(source.at("Wo"), D, D, bias, sizes.initStd()));
  }

  private FusedGatedMlp mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    boolean bias = config.mlpBias();
    return new FusedGatedMlp(
        Linear.of(source.at("Wi"), D, 2L * F, bias, sizes.initStd()),
        sizes.activation(),
        Linear.of(source.at("Wo"), F, D, bias, sizes.initStd()));
  }
}
