package dev.rapt.model.llama;

import dev.rapt.autograd.Heads;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Rotation;
import dev.rapt.model.config.LlamaConfig;
import dev.rapt.nn.Attention;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Blocks;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.GatedMlp;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.nn.Rope;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Llama 1 to 3. arXiv:2302.13971, arXiv:2307.09288, arXiv:2407.21783. */
public final class Llama implements Backbone {
  private final Embedding tokens;
  private final Rope rope;
  private final List<Block> blocks = new ArrayList<>();
  private final Norm finalNorm;

  /** A model with the parameters under {@code model} of a checkpoint. */
  public Llama(LlamaConfig config, ParameterSource source) {
    int D = config.hiddenSize();
    tokens = Embedding.of(source.at("embed_tokens"), config.vocabSize(), D, config.initStd());
    rope = new Rope(config.headDim(), config.ropeTheta(), config.ropeScaling(), false);
    for (int i = 0; i < config.numLayers(); i++) {
      blocks.add(new Block(config, i, source.at("layers").at(Integer.toString(i))));
    }
    finalNorm = Norm.of(Norm.Kind.RMS, source.at("norm"), D, config.normEps());
  }

  @Override
  public Parameter tokenEmbedding() {
    return tokens.table();
  }

  @Override
  public Tensor forward(Tensor ids, Pass pass) {
    Rotation rotation = rope.rotation(pass);
    Tensor x = tokens.forward(ids); // (B, T, D)
    pass.observe(x);
    x = Blocks.run(blocks, x, pass, (block, in) -> block.forward(in, rotation, pass));
    x = finalNorm.forward(x);
    pass.observe(x);
    return x;
  }

  /** Attention, then gated MLP, each on the normalised stream and added to it. */
  private static final class Block {
    private static final int ATTENTION_SITE = 1;
    private static final int MLP_SITE = 2;

    private final int layer;
    private final float dropout;
    private final Norm attentionNorm;
    private final SelfAttention attention;
    private final Norm mlpNorm;
    private final GatedMlp mlp;

    Block(LlamaConfig config, int layer, ParameterSource source) {
      int D = config.hiddenSize();
      this.layer = layer;
      dropout = config.dropout();
      attentionNorm = Norm.of(Norm.Kind.RMS, source.at("input_layernorm"), D, config.normEps());
      attention = new SelfAttention(config, layer, source.at("self_attn"));
      mlpNorm = Norm.of(Norm.Kind.RMS, source.at("post_attention_layernorm"), D, config.normEps());
      mlp =
          GatedMlp.of(
              source.at("mlp"),
              D,
              config.intermediateSize(),
              config.activation(),
              config.mlpBias(),
              config.initStd(),
              residualStd(config));
    }

    /** Maps the residual stream x (B, T, D) to (B, T, D). */
    Tensor forward(Tensor x, Rotation rotation, Pass pass) {
      Tensor attended = attention.forward(attentionNorm.forward(x), rotation, pass);
      x = Ops.add(x, drop(attended, pass, ATTENTION_SITE));
      return Ops.add(x, drop(mlp.forward(mlpNorm.forward(x)), pass, MLP_SITE));
    }

    private Tensor drop(Tensor x, Pass pass, int site) {
      return Ops.dropout(x, pass.dropout(dropout), pass.dropoutSeed(layer, site));
    }
  }

  /** Rotary self-attention; G key-value heads are shared by H query heads. */
  private static final class SelfAttention {
    private final int numHeads;
    private final int numKvHeads;
    private final int headDim;
    private final Linear qProj;
    private final Linear kProj;
    private final Linear vProj;
    private final Attention attention;
    private final Linear oProj;

    SelfAttention(LlamaConfig config, int layer, ParameterSource source) {
      int D = config.hiddenSize();
      double std = config.initStd();
      boolean bias = config.attentionBias();
      numHeads = config.numHeads();
      numKvHeads = config.numKvHeads();
      headDim = config.headDim();
      long queryWidth = (long) numHeads * headDim;
      long keyWidth = (long) numKvHeads * headDim;
      qProj = Linear.of(source.at("q_proj"), D, queryWidth, bias, std);
      kProj = Linear.of(source.at("k_proj"), D, keyWidth, bias, std);
      vProj = Linear.of(source.at("v_proj"), D, keyWidth, bias, std);
      oProj = Linear.of(source.at("o_proj"), queryWidth, D, bias, residualStd(config));
      float scale = (float) (1 / Math.sqrt(headDim));
      attention = new Attention(layer, scale, 0, null, config.dropout());
    }

    /** Maps x (B, T, D) to (B, T, D). */
    Tensor forward(Tensor x, Rotation rotation, Pass pass) {
      Heads q = Heads.of(qProj.forward(x), numHeads, headDim); // (B, T, H, E)
      Heads k = Heads.of(kProj.forward(x), numKvHeads, headDim); // (B, T, G, E)
      Heads v = Heads.of(vProj.forward(x), numKvHeads, headDim); // (B, T, G, E)
      return oProj.forward(attention.forward(q, k, v, rotation, pass));
    }
  }

  /** Projections that add to the stream begin smaller, as in GPT-2. */
  private static double residualStd(LlamaConfig config) {
    return config.initStd() / Math.sqrt(2.0 * config.numLayers());
  }
}
