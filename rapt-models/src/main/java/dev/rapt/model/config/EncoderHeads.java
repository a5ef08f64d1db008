package dev.rapt.model.config;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How the heads of an encoder family are made, and where their weights lie in a checkpoint. The
 * defaults are BERT's; null is what a family does not have.
 */
public interface EncoderHeads {
  /**
   * The head over the vocabulary.
   *
   * @param transform what precedes the logits; it ends in the width of the embeddings
   * @param projection where the weight of the logits lies, when it is not tied; null where it
   *     always is
   * @param bias full name of their bias; null for none
   */
  record Vocabulary(HeadTransform transform, @Nullable String projection, @Nullable String bias) {}

  /** The head over the vocabulary. */
  Vocabulary vocabularyHead();

  /** What makes the vector of a sequence that the model itself offers. */
  default @Nullable HeadTransform pooler() {
    return HeadTransform.POOLER;
  }

  /** What makes the vector of a sequence that is classified. */
  default @Nullable HeadTransform sequenceTransform() {
    return pooler();
  }

  /** Where the layer lies that classifies a sequence. */
  default String sequenceProjection() {
    return "classifier";
  }

  /** Whether a sequence is classified from the mean of its tokens instead of the first. */
  default boolean meanPooled() {
    return false;
  }

  /** What makes the vector of an answer among several. */
  default @Nullable HeadTransform choiceTransform() {
    return pooler();
  }

  /** What precedes the classes of each token, and the scores of the ends of an answer. */
  default @Nullable HeadTransform tokenTransform() {
    return null;
  }

  /** Where the layer lies that scores the ends of an answer. */
  default @Nullable String spanProjection() {
    return "qa_outputs";
  }

  /**
   * Where a residual MLP lies that precedes the scores of the ends of an answer.
   *
   * @param up from the width of the stream to that inside the MLPs of the blocks
   * @param down back
   * @param norm of the sum of the MLP's input and output
   */
  record SpanMlp(String up, String down, String norm) {}

  /** The residual MLP that precedes the scores of the ends of an answer. */
  default @Nullable SpanMlp spanMlp() {
    return null;
  }

  /**
   * In families whose answers cannot lie in the question: the token that ends it. What follows is
   * the second segment, where the caller does not name segments. Empty in others.
   */
  default OptionalInt questionEnd() {
    return OptionalInt.empty();
  }

  /** Where the layer lies that tells whether one text follows another. */
  default @Nullable String pairProjection() {
    return null;
  }

  /** What precedes the score that a token was replaced. */
  default @Nullable HeadTransform discriminator() {
    return null;
  }
}
