package dev.rapt.tokenizer;

import dev.rapt.tokenizer.postprocess.Draft;
import java.util.List;

/** The tokens of a text or a pair of texts, with what is known about each of them. Immutable. */
public final class Encoding {
  private final int[] ids;
  private final int[] typeIds;
  private final int[] starts;
  private final int[] ends;
  private final int[] wordIds;
  private final int[] sequenceIds;
  private final int[] specialTokensMask;
  private final int[] attentionMask;
  private final List<String> tokens;
  private final List<Encoding> overflowing;

  Encoding(Draft draft) {
    ids = draft.ids();
    typeIds = draft.typeIds();
    starts = draft.starts();
    ends = draft.ends();
    wordIds = draft.wordIds();
    sequenceIds = draft.sequenceIds();
    specialTokensMask = draft.specialTokensMask();
    attentionMask = draft.attentionMask();
    tokens = List.copyOf(draft.tokens());
    overflowing = draft.overflowing().stream().map(Encoding::new).toList();
  }

  /** Number of tokens. */
  public int size() {
    return ids.length;
  }

  public int[] ids() {
    return ids.clone();
  }

  public int id(int index) {
    return ids[index];
  }

  /** The tokens as the vocabulary spells them. */
  public List<String> tokens() {
    return tokens;
  }

  /** First code point of the original text that the token covers; 0 for added special tokens. */
  public int start(int index) {
    return starts[index];
  }

  /** End (exclusive), in code points of the original text, of what the token covers. */
  public int end(int index) {
    return ends[index];
  }

  /** 0 for the first text, 1 for the second, unless the post-processor says otherwise. */
  public int[] typeIds() {
    return typeIds.clone();
  }

  /** Number, within its text, of the word a token belongs to; -1 for special tokens. */
  public int[] wordIds() {
    return wordIds.clone();
  }

  /** 0 for tokens of the first text, 1 for those of the second, -1 for added ones. */
  public int[] sequenceIds() {
    return sequenceIds.clone();
  }

  /** 1 for tokens that the post-processor or padding has added. */
  public int[] specialTokensMask() {
    return specialTokensMask.clone();
  }

  /** 0 for padding. */
  public int[] attentionMask() {
    return attentionMask.clone();
  }

  /** What truncation cut off, in parts of at most the same length. */
  public List<Encoding> overflowing() {
    return overflowing;
  }

  @Override
  public String toString() {
    return "Encoding" + tokens;
  }
}
