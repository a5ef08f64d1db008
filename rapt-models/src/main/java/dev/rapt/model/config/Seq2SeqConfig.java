package dev.rapt.model.config;

import tools.jackson.databind.node.ObjectNode;

/** What an encoder-decoder is; the sizes of {@link ModelConfig} are those of its decoder. */
public interface Seq2SeqConfig extends ModelConfig {
  /** Blocks of the encoder. */
  int numEncoderLayers();

  /** Positions of a source the model was trained on. */
  int maxSourcePositions();

  /** The token that the decoder begins with. */
  int decoderStartTokenId();

  /** The token that stands where a sequence has ended. */
  int padTokenId();

  /**
   * Whether the decoder's input begins with the last token of the target, a language, as in mBART,
   * and not with {@link #decoderStartTokenId}.
   */
  default boolean startsWithLastToken() {
    return false;
  }

  /**
   * Whether the head reads the decoder's token embedding as its weight.
   *
   * @param stored whether a checkpoint has a weight for the head
   */
  boolean tiedHead(boolean stored);

  /** How hidden states become logits, apart from the product with the head's weight. */
  HeadRule head();

  /** Whether tokens of a source see their neighbours and global tokens alone. */
  default boolean hasGlobalTokens() {
    return false;
  }

  /** Writes the keys by which a Hugging Face config.json describes this model. */
  void write(ObjectNode json);
}
