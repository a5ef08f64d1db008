package dev.rapt.model.config;

import tools.jackson.databind.node.ObjectNode;

/**
 * The configuration of an encoder-decoder. The sizes of {@link ModelConfig} are those of the
 * decoder.
 */
public interface Seq2SeqConfig extends ModelConfig {
  /** Number of blocks in the encoder. */
  int numEncoderLayers();

  /** Longest source, in tokens, that the model was trained on. */
  int maxSourcePositions();

  /** The first token that the decoder reads. */
  int decoderStartTokenId();

  /** The padding token. */
  int padTokenId();

  /**
   * Whether the decoder reads the last token of the target first, in place of {@link
   * #decoderStartTokenId}. In mBART that token is the language.
   */
  default boolean startsWithLastToken() {
    return false;
  }

  /**
   * Whether the weight of the head is the decoder's token embedding.
   *
   * @param stored whether the checkpoint has a weight of the head
   */
  boolean tiedHead(boolean stored);

  /** Name, bias, scale and soft cap of the head. */
  HeadRule head();

  /** Whether the encoder has sliding-window attention with global tokens, as in LED. */
  default boolean hasGlobalTokens() {
    return false;
  }

  /** Writes the keys by which a Hugging Face config.json describes this model. */
  void write(ObjectNode json);
}
