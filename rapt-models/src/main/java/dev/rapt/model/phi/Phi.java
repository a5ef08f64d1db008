package dev.rapt.model.phi;

import dev.rapt.model.config.DecoderSizes;
import dev.rapt.nn.Attention;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Block;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.HeadNorm;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Mlp;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParallelBlock;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.QkvProjection;
import dev.rapt.nn.Residual;
import dev.rapt.nn.Rope;
import dev.rapt.nn.SelfAttention;
import dev.rapt.nn.Stack;
import org.jspecify.annotations.Nullable;

/** Phi 1, 1.5 and 2. arXiv:2306.11644, arXiv:2309.05463. */
public final class Phi {
  private final PhiConfig config;
  private final DecoderSizes sizes;
  private final Rope rope;

  private Phi(PhiConfig config) {
    this.config = config;
    sizes = config.sizes();
    rope = config.rope().rope(config.rotaryDim(), false);
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(PhiConfig config, ParameterSource source) {
    Phi model = new Phi(config);
    DecoderSizes sizes = config.sizes();
    return new Stack(
        Embeddings.of(
                Embedding.of(
                    source.at("embed_tokens"),
                    sizes.vocabSize(),
                    sizes.hiddenSize(),
                    sizes.initStd()))
            .withDropout(config.dropout()),
        Stack.blocks(sizes.numLayers(), source.at("layers"), model::block),
        model.norm(source.at("final_layernorm")));
  }

  /** Attention and MLP side by side behind one norm. */
  private Block block(int layer, ParameterSource source) {
    Norm norm = norm(source.at("input_layernorm"));
    return new ParallelBlock(
        norm,
        attention(layer, source.at("self_attn")),
        norm,
        mlp(source.at("mlp")),
        Residual.of(layer, config.dropout()));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    int H = sizes.numHeads();
    int E = sizes.headDim();
    return new SelfAttention(
        QkvProjection.Separate.of(source, D, H, sizes.numKvHeads(), E, true, sizes.initStd()),
        headNorm(source.at("q_layernorm")),
        headNorm(source.at("k_layernorm")),
        rope,
        Attention.of(layer, E).withDropout(config.dropout()),
        Linear.of(source.at("dense"), (long) H * E, D, true, sizes.residualStd()));
  }

  private @Nullable HeadNorm headNorm(ParameterSource source) {
    return config.qkNorm()
        ? new HeadNorm.PerHead(Norm.of(Norm.Kind.LAYER, source, sizes.headDim(), config.normEps()))
        : null;
  }

  private Norm norm(ParameterSource source) {
    return Norm.of(Norm.Kind.LAYER, source, sizes.hiddenSize(), config.normEps());
  }

  private Mlp mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new Mlp(
        Linear.of(source.at("fc1"), D, F, true, sizes.initStd()),
        config.activation(),
        Linear.of(source.at("fc2"), F, D, true, sizes.residualStd()));
  }
}
