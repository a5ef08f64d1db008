package dev.rapt.model.config;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The heads of an encoder family: their layers, and the names of these in a checkpoint. The
 * defaults are BERT's. Null stands for a layer that the family does not have.
 */
public interface EncoderHeads {
  /**
   * The masked-language-model head: logits over the vocabulary.
   *
   * @param transform layer before the logits, from D to the width of the embeddings
   * @param projection name of the layer that computes the logits, if it is not tied to the token
   *     embedding; null if it always is
   * @param bias full name of the bias of the logits; null for none
   */
  record Vocabulary(HeadTransform transform, @Nullable String projection, @Nullable String bias) {}

  /** The masked-language-model head. */
  Vocabulary vocabularyHead();

  /** The pooler, which turns the hidden state of the first token into the vector of the text. */
  default @Nullable HeadTransform pooler() {
    return HeadTransform.POOLER;
  }

  /** The layer before the classes, in sequence classification. */
  default @Nullable HeadTransform sequenceTransform() {
    return pooler();
  }

  /** Name of the layer that computes the classes, in sequence classification. */
  default String sequenceProjection() {
    return "classifier";
  }

  /** Whether a sequence is classified from the mean of its hidden states, not from the first. */
  default boolean meanPooled() {
    return false;
  }

  /** The layer before the score of a choice, in multiple choice. */
  default @Nullable HeadTransform choiceTransform() {
    return pooler();
  }

  /** The layer before the last one, in token classification and question answering. */
  default @Nullable HeadTransform tokenTransform() {
    return null;
  }

  /** Name of the layer that scores start and end of an answer, in question answering. */
  default @Nullable String spanProjection() {
    return "qa_outputs";
  }

  /**
   * A post-norm residual MLP before the last layer, in question answering: norm(x + mlp(x)).
   *
   * @param up name of the first layer, D to F
   * @param down name of the second layer, F to D
   * @param norm name of the LayerNorm
   */
  record SpanMlp(String up, String down, String norm) {}

  /** The residual MLP before the last layer, in question answering. */
  default @Nullable SpanMlp spanMlp() {
    return null;
  }

  /**
   * The token that ends the question, in families that never answer with a part of the question. If
   * the caller gives no segments, the tokens after it are the second segment. Empty in other
   * families.
   */
  default OptionalInt questionEnd() {
    return OptionalInt.empty();
  }

  /** Name of the layer that tells whether one text follows another: next-sentence prediction. */
  default @Nullable String pairProjection() {
    return null;
  }

  /**
   * The head of replaced-token detection: a layer, then the score of each token.
   *
   * @param transform the layer, from D to D
   * @param contextNorm name of a LayerNorm before it, of the sum of each token and the first one;
   *     null where the layer reads the hidden states as they are
   * @param projection name of the layer that computes the score
   * @param hasClass whether Hugging Face transformers has a class with this head
   */
  record Detection(
      HeadTransform transform, @Nullable String contextNorm, String projection, boolean hasClass) {}

  /** The head that tells whether a token was replaced: replaced-token detection. */
  default @Nullable Detection discriminator() {
    return null;
  }
}
