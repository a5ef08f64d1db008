package dev.rapt.model.gpt2;

import dev.rapt.autograd.Heads;
import dev.rapt.autograd.Ops;
import dev.rapt.model.config.Gpt2Config;
import dev.rapt.nn.Attention;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Blocks;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Mlp;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** GPT-2. Language Models are Unsupervised Multitask Learners, Radford et al. 2019, section 2.3. */
public final class Gpt2 implements Backbone {
  private static final int EMBEDDING_LAYER = -1;

  private final Gpt2Config config;
  private final Embedding tokens;
  private final Embedding positions;
  private final List<Block> blocks = new ArrayList<>();
  private final Norm finalNorm;

  /** A model with the parameters under {@code transformer} of a checkpoint. */
  public Gpt2(Gpt2Config config, ParameterSource source) {
    this.config = config;
    int D = config.hiddenSize();
    tokens = Embedding.of(source.at("wte"), config.vocabSize(), D, config.initStd());
    positions = Embedding.of(source.at("wpe"), config.maxPositions(), D, config.initStd());
    for (int i = 0; i < config.numLayers(); i++) {
      blocks.add(new Block(config, i, source.at("h").at(Integer.toString(i))));
    }
    finalNorm = Norm.of(Norm.Kind.LAYER, source.at("ln_f"), D, config.normEps());
  }

  @Override
  public Parameter tokenEmbedding() {
    return tokens.table();
  }

  @Override
  public List<Parameter> embeddings() {
    return List.of(tokens.table(), positions.table());
  }

  @Override
  public Tensor forward(Tensor ids, Pass pass) {
    Tensor at = pass.scope().ints(pass.positions(), pass.batchSize(), pass.seqLen());
    Tensor x = Ops.add(tokens.forward(ids), positions.forward(at)); // (B, T, D)
    x = Ops.dropout(x, pass.dropout(config.dropout()), pass.dropoutSeed(EMBEDDING_LAYER, 0));
    pass.observe(x);
    x = Blocks.run(blocks, x, pass, (block, in) -> block.forward(in, pass));
    x = finalNorm.forward(x);
    pass.observe(x);
    return x;
  }

  /** Attention, then MLP, each on the normalised stream and added to it. */
  private static final class Block {
    private static final int ATTENTION_SITE = 1;
    private static final int MLP_SITE = 2;

    private final int layer;
    private final float dropout;
    private final Norm attentionNorm;
    private final SelfAttention attention;
    private final Norm mlpNorm;
    private final Mlp mlp;

    Block(Gpt2Config config, int layer, ParameterSource source) {
      int D = config.hiddenSize();
      int F = config.intermediateSize();
      double std = config.initStd();
      this.layer = layer;
      dropout = config.dropout();
      attentionNorm = Norm.of(Norm.Kind.LAYER, source.at("ln_1"), D, config.normEps());
      attention = new SelfAttention(config, layer, source.at("attn"));
      mlpNorm = Norm.of(Norm.Kind.LAYER, source.at("ln_2"), D, config.normEps());
      ParameterSource inside = source.at("mlp");
      mlp =
          new Mlp(
              Linear.inputMajor(inside.at("c_fc"), D, F, std),
              config.activation(),
              Linear.inputMajor(inside.at("c_proj"), F, D, residualStd(config)));
    }

    /** Maps the residual stream x (B, T, D) to (B, T, D). */
    Tensor forward(Tensor x, Pass pass) {
      Tensor attended = attention.forward(attentionNorm.forward(x), pass);
      x = Ops.add(x, drop(attended, pass, ATTENTION_SITE));
      return Ops.add(x, drop(mlp.forward(mlpNorm.forward(x)), pass, MLP_SITE));
    }

    private Tensor drop(Tensor x, Pass pass, int site) {
      return Ops.dropout(x, pass.dropout(dropout), pass.dropoutSeed(layer, site));
    }
  }

  /** Multi-head attention with one projection to queries, keys and values. */
  private static final class SelfAttention {
    private final int numHeads;
    private final int headDim;
    private final Linear qkvProj;
    private final Attention attention;
    private final Linear oProj;

    SelfAttention(Gpt2Config config, int layer, ParameterSource source) {
      int D = config.hiddenSize();
      numHeads = config.numHeads();
      headDim = config.headDim();
      qkvProj = Linear.inputMajor(source.at("c_attn"), D, 3L * D, config.initStd());
      oProj = Linear.inputMajor(source.at("c_proj"), D, D, residualStd(config));
      double scale = config.scaleScores() ? 1 / Math.sqrt(headDim) : 1;
      if (config.scaleByLayer()) {
        scale /= layer + 1;
      }
      attention = new Attention(layer, (float) scale, 0, null, config.dropout());
    }

    /** Maps x (B, T, D) to (B, T, D). */
    Tensor forward(Tensor x, Pass pass) {
      Tensor qkv = qkvProj.forward(x); // (B, T, 3 D)
      int D = numHeads * headDim;
      Heads q = new Heads(qkv, 0, numHeads, headDim);
      Heads k = new Heads(qkv, D, numHeads, headDim);
      Heads v = new Heads(qkv, 2L * D, numHeads, headDim);
      return oProj.forward(attention.forward(q, k, v, null, pass));
    }
  }

  /** Projections that add to the stream begin smaller, by the number of additions; section 2.3. */
  private static double residualStd(Gpt2Config config) {
    return config.initStd() / Math.sqrt(2.0 * config.numLayers());
  }
}
