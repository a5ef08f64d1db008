package dev.rapt.model.neox;

import dev.rapt.model.config.DecoderSizes;
import dev.rapt.nn.Attention;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Block;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Mlp;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParallelBlock;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.PreNormBlock;
import dev.rapt.nn.QkvProjection;
import dev.rapt.nn.Residual;
import dev.rapt.nn.Rope;
import dev.rapt.nn.SelfAttention;
import dev.rapt.nn.Stack;

/** GPT-NeoX 20B, Pythia. arXiv:2204.06745, arXiv:2304.01373. */
public final class GptNeoX {
  private final GptNeoXConfig config;
  private final DecoderSizes sizes;
  private final Rope rope;

  private GptNeoX(GptNeoXConfig config) {
    this.config = config;
    sizes = config.sizes();
    rope = config.rope().rope(config.rotaryDim(), false);
  }

  /** A model with the parameters under {@code gpt_neox} of a checkpoint. */
  public static Backbone build(GptNeoXConfig config, ParameterSource source) {
    GptNeoX model = new GptNeoX(config);
    DecoderSizes sizes = config.sizes();
    return new Stack(
        Embeddings.of(
                Embedding.of(
                    source.at("embed_in"), sizes.vocabSize(), sizes.hiddenSize(), sizes.initStd()))
            .withDropout(config.dropout()),
        Stack.blocks(sizes.numLayers(), source.at("layers"), model::block),
        model.norm(source.at("final_layer_norm")));
  }

  /** Attention and MLP with a norm each, side by side or one after the other. */
  private Block block(int layer, ParameterSource source) {
    Norm attentionNorm = norm(source.at("input_layernorm"));
    Layer attention = attention(layer, source.at("attention"));
    Norm mlpNorm = norm(source.at("post_attention_layernorm"));
    Layer mlp = mlp(source.at("mlp"));
    Residual residual = Residual.of(layer, config.dropout());
    return config.parallel()
        ? new ParallelBlock(attentionNorm, attention, mlpNorm, mlp, residual)
        : new PreNormBlock(attentionNorm, attention, mlpNorm, mlp, residual);
  }

  /** Rotary attention; query, key and value of a head lie together. */
  private SelfAttention attention(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    int H = sizes.numHeads();
    int E = sizes.headDim();
    boolean bias = config.attentionBias();
    return new SelfAttention(
        new QkvProjection.Grouped(
            Linear.of(source.at("query_key_value"), D, 3L * D, bias, sizes.initStd()), H, H, E),
        rope,
        Attention.of(layer, E).withDropout(config.dropout()),
        Linear.of(source.at("dense"), D, D, bias, sizes.residualStd()));
  }

  private Norm norm(ParameterSource source) {
    return Norm.of(Norm.Kind.LAYER, source, sizes.hiddenSize(), config.normEps());
  }

  private Mlp mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new Mlp(
        Linear.of(source.at("dense_h_to_4h"), D, F, true, sizes.initStd()),
        config.activation(),
        Linear.of(source.at("dense_4h_to_h"), F, D, true, sizes.residualStd()));
  }
}
