package dev.rapt.train.data;

import java.util.function.IntConsumer;

/** What the shard builder asks of a tokenizer. Must be safe for use by several threads at once. */
public interface TextEncoder {
  /** What {@link #endOfTextId} returns when the vocabulary has no such token. */
  int NONE = -1;

  /** Encodes text without adding special tokens; the sink gets the ids in order. */
  void encode(CharSequence text, IntConsumer sink);

  /** Ids are in [0, vocabSize). */
  int vocabSize();

  /** The token that ends every document, or {@link #NONE}. */
  default int endOfTextId() {
    return NONE;
  }

  /** Changes whenever the ids of any text may change: a hash of the tokenizer's file, say. */
  String fingerprint();

  /**
   * Whether long documents may be encoded in parts: {@code encode(a + b)} must then equal {@code
   * encode(a)} followed by {@code encode(b)} where {@code a} ends with a line break, the character
   * before it and the one after it are no white space; and where {@code a} ends with an ASCII
   * letter and {@code b} begins with a single space and an ASCII letter. Byte-level BPE with the
   * split patterns of GPT-2 and later, and character vocabularies, have this property; tokenizers
   * that put a mark before the first word have not.
   */
  default boolean splitsBetweenLines() {
    return true;
  }
}
