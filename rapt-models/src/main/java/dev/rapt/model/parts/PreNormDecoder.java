package dev.rapt.model.parts;

import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import java.util.function.Function;

/**
 * The pre-norm decoder: the one place where its forward pass is written. A family supplies its
 * norm, its attention and its MLP, and its names in checkpoints where they are not Llama's.
 *
 * <pre>
 * x = embeddings(ids)                                    embed_tokens, (B, T, D)
 * L times:                                               layers.0, layers.1, ...
 *   x = x + residualScale attention(norm(x))             input_layernorm
 *   x = x + residualScale mlp(norm(x))                   post_attention_layernorm
 * norm(x)                                                norm, (B, T, D)
 * </pre>
 *
 * @param names of layers and norms in a checkpoint
 * @param numLayers L
 * @param embeddings builds the embeddings from the parameters of the model
 * @param norm builds a norm over D from its parameters
 * @param attention builds the attention of a layer
 * @param mlp builds the MLP of a layer, dense or a mixture of experts
 * @param residualScale factor of what each layer adds to the residual stream
 * @param residualDropout probability of dropout on what each layer adds, in training
 */
public record PreNormDecoder(
    Names names,
    int numLayers,
    Function<ParameterSource, Embeddings> embeddings,
    Function<ParameterSource, Norm> norm,
    LayerPart attention,
    LayerPart mlp,
    float residualScale,
    float residualDropout) {
  /**
   * Names of layers and norms in a checkpoint.
   *
   * @param layers of the list of layers, which are numbered in it
   * @param attentionNorm of the norm before attention, in each layer
   * @param mlpNorm of the norm before the MLP, in each layer
   * @param finalNorm of the norm after the last layer
   */
  public record Names(String layers, String attentionNorm, String mlpNorm, String finalNorm) {
    /** Llama and most families since. */
    public static final Names LLAMA =
        new Names("layers", "input_layernorm", "post_attention_layernorm", "norm");

    /** GPT-2 and the families that follow it. */
    public static final Names GPT2 = new Names("h", "ln_1", "ln_2", "ln_f");
  }

  /** Returns a decoder with Llama's names, without scaling and without dropout. */
  public static PreNormDecoder of(
      DecoderParts parts,
      Function<ParameterSource, Norm> norm,
      LayerPart attention,
      LayerPart mlp) {
    return new PreNormDecoder(
        Names.LLAMA, parts.sizes().numLayers(), parts::embeddings, norm, attention, mlp, 1, 0);
  }

  /** Returns a copy with other names of layers and norms. */
  public PreNormDecoder named(Names other) {
    return new PreNormDecoder(
        other, numLayers, embeddings, norm, attention, mlp, residualScale, residualDropout);
  }

  /** Returns a copy with other embeddings, built from the parameters of the model. */
  public PreNormDecoder withEmbeddings(Function<ParameterSource, Embeddings> other) {
    return new PreNormDecoder(
        names, numLayers, other, norm, attention, mlp, residualScale, residualDropout);
  }

  /** Returns a copy with factors of the embeddings and of what each layer adds to the stream. */
  public PreNormDecoder scaled(float embedding, float residual) {
    return new PreNormDecoder(
        names,
        numLayers,
        source -> embeddings.apply(source).scaled(embedding),
        norm,
        attention,
        mlp,
        residual,
        residualDropout);
  }

  /** Returns a copy with dropout on the embeddings and on what each layer adds, in training. */
  public PreNormDecoder withDropout(float embedding, float residual) {
    return new PreNormDecoder(
        names,
        numLayers,
        source -> embeddings.apply(source).withDropout(embedding),
        norm,
        attention,
        mlp,
        residualScale,
        residual);
  }

  /** Builds the model, without its head, from these parameters. */
  public Backbone build(ParameterSource source) {
    return new Stack(
        embeddings.apply(source),
        Stack.blocks(numLayers, source.at(names.layers()), this::block),
        norm.apply(source.at(names.finalNorm())));
  }

  /** One block: maps the residual stream x (B, T, D) to (B, T, D). */
  public Block block(int layer, ParameterSource source) {
    Norm attentionNorm = norm.apply(source.at(names.attentionNorm()));
    Layer attentionLayer = attention.build(layer, source);
    Norm mlpNorm = norm.apply(source.at(names.mlpNorm()));
    Layer mlpLayer = mlp.build(layer, source);
    Residual residual = Residual.of(layer, residualDropout).scaled(residualScale);
    return (x, pass) -> {
      x = residual.addAttention(x, attentionLayer, attentionNorm.forward(x), pass);
      return residual.addMlp(x, mlpLayer, mlpNorm.forward(x), pass);
    };
  }
}
