package dev.rapt.model.parts;

import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import java.util.function.Function;

/**
 * A decoder of pre-norm blocks under the names of Llama's checkpoints: {@code embed_tokens}, {@code
 * layers}, {@code input_layernorm}, {@code post_attention_layernorm}, {@code norm}. A family says
 * what its norms, its attention and its MLP are.
 *
 * @param norm builds a norm over the stream from its source
 * @param embeddingScale factor of the tokens' vectors
 * @param residualScale factor of what attention and MLP add to the stream
 * @param embeddingDropout probability to drop an element of the embeddings, in training
 * @param residualDropout probability to drop an element of what is added, in training
 */
public record PreNormDecoder(
    DecoderParts parts,
    Function<ParameterSource, Norm> norm,
    LayerPart attention,
    LayerPart mlp,
    float embeddingScale,
    float residualScale,
    float embeddingDropout,
    float residualDropout) {

  /** With embeddings and additions as they are. */
  public static PreNormDecoder of(
      DecoderParts parts,
      Function<ParameterSource, Norm> norm,
      LayerPart attention,
      LayerPart mlp) {
    return new PreNormDecoder(parts, norm, attention, mlp, 1, 1, 0, 0);
  }

  /** The same with factors of the tokens' vectors and of what is added to the stream. */
  public PreNormDecoder scaled(float embeddings, float residuals) {
    return new PreNormDecoder(
        parts, norm, attention, mlp, embeddings, residuals, embeddingDropout, residualDropout);
  }

  /** The same with dropout in training. */
  public PreNormDecoder withDropout(float embeddings, float residuals) {
    return new PreNormDecoder(
        parts, norm, attention, mlp, embeddingScale, residualScale, embeddings, residuals);
  }

  /** The model with the parameters of this source. */
  public Backbone build(ParameterSource source) {
    return new Stack(
        parts.embeddings(source).scaled(embeddingScale).withDropout(embeddingDropout),
        Stack.blocks(parts.sizes().numLayers(), source.at("layers"), this::block),
        norm.apply(source.at("norm")));
  }

  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm.apply(source.at("input_layernorm")),
        attention.build(layer, source),
        norm.apply(source.at("post_attention_layernorm")),
        mlp.build(layer, source),
        Residual.of(layer, residualDropout).scaled(residualScale));
  }
}
