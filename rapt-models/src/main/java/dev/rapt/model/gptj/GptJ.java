package dev.rapt.model.gptj;

import dev.rapt.model.config.DecoderSizes;
import dev.rapt.nn.Attention;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Block;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Mlp;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParallelBlock;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.QkvProjection;
import dev.rapt.nn.Residual;
import dev.rapt.nn.Rope;
import dev.rapt.nn.RopeScaling;
import dev.rapt.nn.SelfAttention;
import dev.rapt.nn.Stack;

/** GPT-J 6B. Wang and Komatsuzaki 2021, github.com/kingoflolz/mesh-transformer-jax. */
public final class GptJ {
  private final GptJConfig config;
  private final DecoderSizes sizes;
  private final Rope rope;

  private GptJ(GptJConfig config) {
    this.config = config;
    sizes = config.sizes();
    rope = new Rope(config.rotaryDim(), 10000, new RopeScaling.None(), true);
  }

  /** A model with the parameters under {@code transformer} of a checkpoint. */
  public static Backbone build(GptJConfig config, ParameterSource source) {
    GptJ model = new GptJ(config);
    DecoderSizes sizes = config.sizes();
    return new Stack(
        Embeddings.of(
                Embedding.of(
                    source.at("wte"), sizes.vocabSize(), sizes.hiddenSize(), sizes.initStd()))
            .withDropout(config.dropout()),
        Stack.blocks(sizes.numLayers(), source.at("h"), model::block),
        model.norm(source.at("ln_f")));
  }

  /** Attention and MLP side by side behind one norm. */
  private Block block(int layer, ParameterSource source) {
    Norm norm = norm(source.at("ln_1"));
    return new ParallelBlock(
        norm,
        attention(layer, source.at("attn")),
        norm,
        mlp(source.at("mlp")),
        Residual.of(layer, config.dropout()));
  }

  /** Attention without biases; neighbours in the first elements of a head are rotated. */
  private SelfAttention attention(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    int H = sizes.numHeads();
    int E = sizes.headDim();
    return new SelfAttention(
        QkvProjection.Separate.of(source, D, H, H, E, false, sizes.initStd()),
        rope,
        Attention.of(layer, E).withDropout(config.dropout()),
        Linear.of(source.at("out_proj"), D, D, false, sizes.residualStd()));
  }

  private Norm norm(ParameterSource source) {
    return Norm.of(Norm.Kind.LAYER, source, sizes.hiddenSize(), config.normEps());
  }

  private Mlp mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new Mlp(
        Linear.of(source.at("fc_in"), D, F, true, sizes.initStd()),
        config.activation(),
        Linear.of(source.at("fc_out"), F, D, true, sizes.residualStd()));
  }
}
