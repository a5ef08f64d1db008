package dev.rapt.model.decoder;

import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Init;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.LatentAttention;
import dev.rapt.nn.attention.LightningIndexer;
import dev.rapt.nn.attention.Rope;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import org.jspecify.annotations.Nullable;

/**
 * DeepSeek V2, V3, R1 and V3.2, arXiv:2405.04434, arXiv:2412.19437, DeepSeek-V3.2-Exp; what others
 * made of them: Kimi K2, arXiv:2507.20534, GLM-4.7-Flash and GLM-5, Z.ai 2026.
 */
public final class DeepSeek {
  /** Of the norms of latents and of the indexer's keys, whatever the configuration says. */
  private static final float LATENT_EPS = 1e-6f;

  private final DeepSeekConfig config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;
  private final Rope rope;

  private DeepSeek(DeepSeekConfig config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
    rope = config.rope().rope(config.attention().rotaryDim(), config.interleaved());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(DeepSeekConfig config, ParameterSource source) {
    DeepSeek deepSeek = new DeepSeek(config);
    return new Stack(
        deepSeek.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), deepSeek::block),
        deepSeek.norm(source.at("norm")));
  }

  /** Attention, then MLP or experts, each on the normalised stream and added to it. */
  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm(source.at("input_layernorm")),
        attention(layer, source.at("self_attn")),
        norm(source.at("post_attention_layernorm")),
        config.experts().mlp(layer, source.at("mlp"), sizes, config.activation(), config.mlpBias()),
        Residual.of(layer, 0));
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }

  private LatentAttention attention(int layer, ParameterSource source) {
    LatentAttention.Sizes widths = config.attention();
    int D = sizes.hiddenSize();
    int H = widths.numHeads();
    int R = widths.latentDim();
    double std = sizes.initStd();
    boolean bias = config.attentionBias();
    long keptDim = (long) R + widths.rotaryDim();
    long upRows = (long) H * (widths.plainDim() + widths.valueDim());
    return new LatentAttention(
        layer,
        widths,
        queries(source),
        Linear.of(source.at("kv_a_proj_with_mqa"), D, keptDim, bias, std),
        Norm.RmsNorm.of(source.at("kv_a_layernorm"), R, LATENT_EPS),
        source.at("kv_b_proj").get("weight", new Init.Normal(std), upRows, R),
        Linear.of(source.at("o_proj"), (long) H * widths.valueDim(), D, bias, sizes.residualStd()),
        rope,
        (float) config.scoreScale(),
        indexer(layer, source.at("indexer")),
        config.dropout());
  }

  private LatentAttention.QueryProjection queries(ParameterSource source) {
    int D = sizes.hiddenSize();
    int rank = config.queryLatentDim();
    long width = (long) sizes.numHeads() * config.headDim();
    double std = sizes.initStd();
    return rank == 0
        ? new LatentAttention.QueryProjection(
            null, null, Linear.of(source.at("q_proj"), D, width, false, std))
        : new LatentAttention.QueryProjection(
            Linear.of(source.at("q_a_proj"), D, rank, config.attentionBias(), std),
            Norm.RmsNorm.of(source.at("q_a_layernorm"), rank, LATENT_EPS),
            Linear.of(source.at("q_b_proj"), rank, width, false, std));
  }

  private @Nullable LightningIndexer indexer(int layer, ParameterSource source) {
    DeepSeekConfig.Indexing indexing = config.indexing();
    if (indexing == null) {
      return null;
    }
    int D = sizes.hiddenSize();
    int heads = indexing.numHeads();
    int width = indexing.headDim();
    double std = sizes.initStd();
    return new LightningIndexer(
        layer,
        Linear.of(source.at("wq_b"), config.queryLatentDim(), (long) heads * width, false, std),
        Linear.of(source.at("wk"), D, width, false, std),
        Norm.LayerNorm.of(source.at("k_norm"), width, LATENT_EPS, true),
        Linear.of(source.at("weights_proj"), D, heads, false, std),
        config.rope().rope(config.attention().rotaryDim(), indexing.interleaved()),
        heads,
        width,
        indexing.topK());
  }
}
