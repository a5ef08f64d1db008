package dev.rapt.model.decoder;

import dev.rapt.autograd.Heads;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Rotation;
import dev.rapt.model.config.DecoderConfig;
import dev.rapt.model.config.PositionEncoding;
import dev.rapt.nn.Alibi;
import dev.rapt.nn.Attention;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Blocks;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.GatedMlp;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Mlp;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.nn.Rope;
import dev.rapt.nn.RopeScaling;
import dev.rapt.nn.Sinusoids;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A decoder put together from parts; see {@link DecoderConfig}. */
public final class Decoder implements Backbone {
  private static final int EMBEDDING_LAYER = -1;

  private final DecoderConfig config;
  private final Embedding tokens;
  private final @Nullable Embedding positions;
  private final @Nullable Rope rope;
  private final List<Block> blocks = new ArrayList<>();
  private final @Nullable Norm finalNorm;

  /** A model with the parameters under {@code model} of a checkpoint. */
  public Decoder(DecoderConfig config, ParameterSource source, Parameters parameters) {
    this.config = config;
    int D = config.hiddenSize();
    double std = config.initStd();
    tokens = Embedding.of(source.at("embed_tokens"), config.vocabSize(), D, std);
    positions =
        config.positions() == PositionEncoding.LEARNED
            ? Embedding.of(source.at("embed_positions"), config.maxPositions(), D, std)
            : null;
    rope =
        config.positions() == PositionEncoding.ROPE
            ? new Rope(config.headDim(), config.ropeTheta(), new RopeScaling.None(), false)
            : null;
    Tensor slopes =
        config.positions() == PositionEncoding.ALIBI
            ? parameters.scope().floats(Alibi.slopes(config.numHeads()), config.numHeads())
            : null;
    for (int i = 0; i < config.numLayers(); i++) {
      blocks.add(new Block(config, i, slopes, source.at("layers").at(Integer.toString(i))));
    }
    finalNorm =
        config.postNorm() ? null : Norm.of(config.norm(), source.at("norm"), D, config.normEps());
  }

  @Override
  public Parameter tokenEmbedding() {
    return tokens.table();
  }

  @Override
  public List<Parameter> embeddings() {
    return positions == null ? List.of(tokens.table()) : List.of(tokens.table(), positions.table());
  }

  @Override
  public Tensor forward(Tensor ids, Pass pass) {
    Rotation rotation = rope == null ? null : rope.rotation(pass);
    Tensor x = embed(ids, pass);
    x = Ops.dropout(x, pass.dropout(config.dropout()), pass.dropoutSeed(EMBEDDING_LAYER, 0));
    pass.observe(x);
    x = Blocks.run(blocks, x, pass, (block, in) -> block.forward(in, rotation, pass));
    x = finalNorm == null ? x : finalNorm.forward(x);
    pass.observe(x);
    return x;
  }

  /** Maps ids (B, T) to embeddings (B, T, D), with positions where those are added. */
  private Tensor embed(Tensor ids, Pass pass) {
    Tensor x = tokens.forward(ids);
    if (positions != null) {
      Tensor at = pass.scope().ints(pass.positions(), pass.batchSize(), pass.seqLen());
      return Ops.add(x, positions.forward(at));
    }
    if (config.positions() == PositionEncoding.SINUSOIDAL) {
      Tensor scaled = Ops.scale(x, (float) Math.sqrt(config.hiddenSize())); // section 3.4
      return Ops.add(scaled, Sinusoids.of(pass, config.hiddenSize()));
    }
    return x;
  }

  /** Attention, then MLP, each added to the stream; normalised before, or after the sum. */
  private static final class Block {
    private static final int ATTENTION_SITE = 1;
    private static final int MLP_SITE = 2;

    private final DecoderConfig config;
    private final int layer;
    private final Norm attentionNorm;
    private final SelfAttention attention;
    private final Norm mlpNorm;
    private final UnaryOperator<Tensor> mlp;

    Block(DecoderConfig config, int layer, @Nullable Tensor slopes, ParameterSource source) {
      int D = config.hiddenSize();
      this.config = config;
      this.layer = layer;
      attentionNorm = Norm.of(config.norm(), source.at("attention_norm"), D, config.normEps());
      attention = new SelfAttention(config, layer, slopes, source.at("self_attn"));
      mlpNorm = Norm.of(config.norm(), source.at("mlp_norm"), D, config.normEps());
      mlp = mlp(config, source.at("mlp"));
    }

    private static UnaryOperator<Tensor> mlp(DecoderConfig config, ParameterSource source) {
      int D = config.hiddenSize();
      int F = config.intermediateSize();
      boolean bias = config.bias();
      double std = config.initStd();
      double downStd = residualStd(config);
      if (config.gated()) {
        return GatedMlp.of(source, D, F, config.activation(), bias, std, downStd)::forward;
      }
      Linear up = Linear.of(source.at("up_proj"), D, F, bias, std);
      Linear down = Linear.of(source.at("down_proj"), F, D, bias, downStd);
      return new Mlp(up, config.activation(), down)::forward;
    }

    /** Maps the residual stream x (B, T, D) to (B, T, D). */
    Tensor forward(Tensor x, @Nullable Rotation rotation, Pass pass) {
      x = add(x, attentionNorm, in -> attention.forward(in, rotation, pass), ATTENTION_SITE, pass);
      return add(x, mlpNorm, mlp, MLP_SITE, pass);
    }

    private Tensor add(Tensor x, Norm norm, UnaryOperator<Tensor> part, int site, Pass pass) {
      Tensor y = part.apply(config.postNorm() ? x : norm.forward(x));
      y = Ops.dropout(y, pass.dropout(config.dropout()), pass.dropoutSeed(layer, site));
      Tensor sum = Ops.add(x, y);
      return config.postNorm() ? norm.forward(sum) : sum;
    }
  }

  /** Self-attention; G key-value heads are shared by H query heads. */
  private static final class SelfAttention {
    private final DecoderConfig config;
    private final Linear qProj;
    private final Linear kProj;
    private final Linear vProj;
    private final Attention attention;
    private final Linear oProj;

    SelfAttention(
        DecoderConfig config, int layer, @Nullable Tensor slopes, ParameterSource source) {
      int D = config.hiddenSize();
      long keyWidth = (long) config.numKvHeads() * config.headDim();
      boolean bias = config.bias();
      double std = config.initStd();
      this.config = config;
      qProj = Linear.of(source.at("q_proj"), D, D, bias, std);
      kProj = Linear.of(source.at("k_proj"), D, keyWidth, bias, std);
      vProj = Linear.of(source.at("v_proj"), D, keyWidth, bias, std);
      oProj = Linear.of(source.at("o_proj"), D, D, bias, residualStd(config));
      float scale = (float) (1 / Math.sqrt(config.headDim()));
      attention = new Attention(layer, scale, config.window(), slopes, config.dropout());
    }

    /** Maps x (B, T, D) to (B, T, D). */
    Tensor forward(Tensor x, @Nullable Rotation rotation, Pass pass) {
      int E = config.headDim();
      Heads q = Heads.of(qProj.forward(x), config.numHeads(), E); // (B, T, H, E)
      Heads k = Heads.of(kProj.forward(x), config.numKvHeads(), E); // (B, T, G, E)
      Heads v = Heads.of(vProj.forward(x), config.numKvHeads(), E); // (B, T, G, E)
      return oProj.forward(attention.forward(q, k, v, rotation, pass));
    }
  }

  /** Projections that add to the stream begin smaller, as in GPT-2. */
  private static double residualStd(DecoderConfig config) {
    return config.initStd() / Math.sqrt(2.0 * config.numLayers());
  }
}
