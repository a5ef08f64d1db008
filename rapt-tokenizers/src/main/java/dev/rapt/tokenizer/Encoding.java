package dev.rapt.tokenizer;

import dev.rapt.tokenizer.postprocess.Draft;
import java.util.List;

/** The tokens of a text or a pair of texts, with offsets and masks. Immutable. */
public final class Encoding {
  private final int[] ids;
  private final int[] typeIds;
  private final int[] starts;
  private final int[] ends;
  private final int[] wordIds;
  private final byte[] masks;
  private final List<String> tokens;
  private final List<Encoding> overflowing;

  Encoding(Draft draft) {
    ids = draft.ids();
    typeIds = draft.typeIds();
    starts = draft.starts();
    ends = draft.ends();
    wordIds = draft.wordIds();
    masks = draft.masks();
    tokens = draft.tokens();
    overflowing = draft.overflowing().stream().map(Encoding::new).toList();
  }

  /** {@return the number of tokens} */
  public int size() {
    return ids.length;
  }

  /** {@return the ids of the tokens} */
  public int[] ids() {
    return ids.clone();
  }

  /**
   * Returns the id of a token.
   *
   * @param index index of the token
   * @return its id
   */
  public int id(int index) {
    return ids[index];
  }

  /** {@return the tokens as the vocabulary spells them} */
  public List<String> tokens() {
    return tokens;
  }

  /**
   * Returns where a token starts in its text.
   *
   * @param index index of the token
   * @return its first code point in the original text; 0 for special tokens
   */
  public int start(int index) {
    return starts[index];
  }

  /**
   * Returns where a token ends in its text.
   *
   * @param index index of the token
   * @return the end, exclusive, in code points of the original text; 0 for special tokens
   */
  public int end(int index) {
    return ends[index];
  }

  /**
   * {@return token types: 0 for the first text, 1 for the second, unless the post-processor
   * differs}
   */
  public int[] typeIds() {
    return typeIds.clone();
  }

  /** {@return for each token the index of its word within the text; -1 for special tokens} */
  public int[] wordIds() {
    return wordIds.clone();
  }

  /** {@return 0 for tokens of the first text, 1 for those of the second, -1 for special tokens} */
  public int[] sequenceIds() {
    return fromMasks(Draft::sequenceId);
  }

  /** {@return 1 for special tokens and padding, 0 for tokens of the text} */
  public int[] specialTokensMask() {
    return fromMasks(mask -> Draft.isSpecial(mask) ? 1 : 0);
  }

  /** {@return 0 for padding, 1 for all other tokens} */
  public int[] attentionMask() {
    return fromMasks(mask -> Draft.isAttended(mask) ? 1 : 0);
  }

  private int[] fromMasks(MaskReader reader) {
    int[] result = new int[masks.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = reader.read(masks[i]);
    }
    return result;
  }

  private interface MaskReader {
    int read(byte mask);
  }

  /** {@return the parts cut off by truncation, each of at most the same length} */
  public List<Encoding> overflowing() {
    return overflowing;
  }

  @Override
  public String toString() {
    return "Encoding" + tokens;
  }
}
