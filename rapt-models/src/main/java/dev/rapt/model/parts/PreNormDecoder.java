package dev.rapt.model.parts;

import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import java.util.function.Function;

/**
 * The pre-norm decoder, under the names of Llama's checkpoints: the one place where its forward
 * pass is written. A family says what its norms, its attention and its MLP are.
 *
 * <pre>
 * x = embeddingScale embedding[ids]                      embed_tokens, (B, T, D)
 * L times:                                               layers.0, layers.1, ...
 *   x = x + residualScale attention(norm(x))             input_layernorm
 *   x = x + residualScale mlp(norm(x))                   post_attention_layernorm
 * norm(x)                                                norm, (B, T, D)
 * </pre>
 *
 * @param norm builds a norm over the stream from its source
 * @param attention builds the attention of a layer
 * @param mlp builds the MLP of a layer, dense or a mixture of experts
 * @param scales factors of the embeddings and of what is added to the residual stream
 * @param dropout of the embeddings and of what is added, in training
 */
public record PreNormDecoder(
    DecoderParts parts,
    Function<ParameterSource, Norm> norm,
    LayerPart attention,
    LayerPart mlp,
    Factors scales,
    Factors dropout) {
  /**
   * A number for the embeddings and one for what attention and MLP add.
   *
   * @param embedding of the embeddings
   * @param residual of what is added to the residual stream
   */
  public record Factors(float embedding, float residual) {}

  /** Returns a decoder without scaling and without dropout. */
  public static PreNormDecoder of(
      DecoderParts parts,
      Function<ParameterSource, Norm> norm,
      LayerPart attention,
      LayerPart mlp) {
    return new PreNormDecoder(parts, norm, attention, mlp, new Factors(1, 1), new Factors(0, 0));
  }

  /** Returns a copy with factors of the embeddings and of what is added to the stream. */
  public PreNormDecoder scaled(float embedding, float residual) {
    return new PreNormDecoder(
        parts, norm, attention, mlp, new Factors(embedding, residual), dropout);
  }

  /** Returns a copy with dropout of the embeddings and of what is added, in training. */
  public PreNormDecoder withDropout(float embedding, float residual) {
    return new PreNormDecoder(
        parts, norm, attention, mlp, scales, new Factors(embedding, residual));
  }

  /** Builds the model with the parameters of this source. */
  public Backbone build(ParameterSource source) {
    return new Stack(
        parts.embeddings(source).scaled(scales.embedding()).withDropout(dropout.embedding()),
        Stack.blocks(parts.sizes().numLayers(), source.at("layers"), this::block),
        norm.apply(source.at("norm")));
  }

  /** One block: maps the residual stream x (B, T, D) to (B, T, D). */
  private Block block(int layer, ParameterSource source) {
    Norm attentionNorm = norm.apply(source.at("input_layernorm"));
    Layer attentionLayer = attention.build(layer, source);
    Norm mlpNorm = norm.apply(source.at("post_attention_layernorm"));
    Layer mlpLayer = mlp.build(layer, source);
    Residual residual = Residual.of(layer, dropout.residual()).scaled(scales.residual());
    return (x, pass) -> {
      x = residual.addAttention(x, attentionLayer, attentionNorm.forward(x), pass);
      return residual.addMlp(x, mlpLayer, mlpNorm.forward(x), pass);
    };
  }
}
