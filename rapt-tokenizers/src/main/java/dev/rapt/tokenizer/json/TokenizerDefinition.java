package dev.rapt.tokenizer.json;

import dev.rapt.tokenizer.decode.TokenDecoder;
import dev.rapt.tokenizer.model.Model;
import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.postprocess.PostProcessor;
import dev.rapt.tokenizer.pretokenize.PreTokenizer;
import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.Padding;
import dev.rapt.tokenizer.types.Truncation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The content of a tokenizer.json: the steps from text to ids and back; null for a step that is
 * missing.
 */
public record TokenizerDefinition(
    @Nullable Truncation truncation,
    @Nullable Padding padding,
    List<AddedToken> addedTokens,
    @Nullable Normalizer normalizer,
    @Nullable PreTokenizer preTokenizer,
    @Nullable PostProcessor postProcessor,
    @Nullable TokenDecoder decoder,
    Model model) {

  public TokenizerDefinition {
    addedTokens = List.copyOf(addedTokens);
  }

  /** Returns a copy with another decoder. */
  public TokenizerDefinition withDecoder(TokenDecoder other) {
    return new TokenizerDefinition(
        truncation, padding, addedTokens, normalizer, preTokenizer, postProcessor, other, model);
  }

  /** Returns a copy with these added tokens. */
  public TokenizerDefinition withAddedTokens(List<AddedToken> tokens) {
    return new TokenizerDefinition(
        truncation, padding, tokens, normalizer, preTokenizer, postProcessor, decoder, model);
  }

  /** Returns a copy with this post-processor. */
  public TokenizerDefinition withPostProcessor(PostProcessor processor) {
    return new TokenizerDefinition(
        truncation, padding, addedTokens, normalizer, preTokenizer, processor, decoder, model);
  }

  /** Returns a copy with another normaliser; null for none. */
  public TokenizerDefinition withNormalizer(@Nullable Normalizer other) {
    return new TokenizerDefinition(
        truncation, padding, addedTokens, other, preTokenizer, postProcessor, decoder, model);
  }
}
