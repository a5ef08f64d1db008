package dev.rapt.train.data;

import java.util.function.IntConsumer;

/** The tokenizer of a shard build. Implementations must be safe for use by several threads. */
public interface TextEncoder {
  /** The value of {@link #endOfTextId} when the vocabulary has no such token. */
  int NONE = -1;

  /** Encodes text without adding special tokens; the sink receives the ids in order. */
  void encode(CharSequence text, IntConsumer sink);

  /** The vocabulary size; ids are in [0, vocabSize). */
  int vocabSize();

  /** The token that ends every document, or {@link #NONE}. */
  default int endOfTextId() {
    return NONE;
  }

  /** A value that changes whenever the ids of any text may change, such as a hash of the file. */
  String fingerprint();

  /**
   * Whether long documents may be encoded in parts: {@code encode(a + b)} must then equal {@code
   * encode(a)} followed by {@code encode(b)} in two situations. First, {@code a} ends with a line
   * break, and neither the character before it nor the one after it is white space. Second, {@code
   * a} ends with an ASCII letter, and {@code b} begins with a single space and an ASCII letter.
   * Byte-level BPE with the split patterns of GPT-2 and later, and character vocabularies, have
   * this property; tokenizers that put a mark before the first word do not.
   */
  default boolean splitsBetweenLines() {
    return true;
  }
}
