package dev.rapt.model.decoder;

import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.HeadNorm;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.ParallelBlock;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.nn.mlp.GatedMlp;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** StableLM 2 and StableLM 3B. arXiv:2402.17834, section 3. */
public final class StableLm {
  private final StableLmConfig config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;

  private StableLm(StableLmConfig config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(StableLmConfig config, ParameterSource source) {
    StableLm model = new StableLm(config);
    return new Stack(
        model.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), model::block),
        model.norm(source.at("norm")));
  }

  private Block block(int layer, ParameterSource source) {
    Norm attentionNorm = norm(source.at("input_layernorm"));
    SelfAttention attention = attention(layer, source.at("self_attn"));
    GatedMlp mlp = parts.gatedMlp(source.at("mlp"), config.activation(), false);
    Residual residual = Residual.of(layer, 0).withMlpDropout(config.hiddenDropout());
    if (config.parallel()) {
      return new ParallelBlock(attentionNorm, attention, attentionNorm, mlp, residual);
    }
    Norm mlpNorm = norm(source.at("post_attention_layernorm"));
    return new PreNormBlock(attentionNorm, attention, mlpNorm, mlp, residual);
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, config.normEps());
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    LayerKind kind = LayerKind.full(config.rope());
    return new SelfAttention(
        parts.qkv(source, config.qkvBias()),
        headNorms(source.at("q_layernorm"), sizes.numHeads()),
        headNorms(source.at("k_layernorm"), sizes.numKvHeads()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.attentionDropout()),
        parts.output(source, false));
  }

  private @Nullable HeadNorm headNorms(ParameterSource source, int numHeads) {
    if (!config.headNorms()) {
      return null;
    }
    List<Norm> norms = new ArrayList<>();
    for (int head = 0; head < numHeads; head++) {
      ParameterSource own = source.at("norms").at(Integer.toString(head));
      norms.add(Norm.LayerNorm.of(own, sizes.headDim(), config.normEps(), false));
    }
    return new HeadNorm.EachHead(List.copyOf(norms));
  }
}
