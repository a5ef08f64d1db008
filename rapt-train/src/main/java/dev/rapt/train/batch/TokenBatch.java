package dev.rapt.train.batch;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A batch of token windows with the target of each position. The arrays belong to the receiver.
 *
 * @param batchSize number of rows, B
 * @param seqLen positions of a row, T
 * @param inputs (B, T) row-major
 * @param targets (B, T): the token after each input, or {@link #IGNORED} where there is no target
 * @param documentStart (B, T), or null if attention crosses documents: the position in the row
 *     where the document of each position begins, which attention must not look behind
 */
@SuppressWarnings("ArrayRecordComponent") // plain data for kernels, never compared
public record TokenBatch(
    int batchSize, int seqLen, int[] inputs, int[] targets, int @Nullable [] documentStart)
    implements Batch {
  /** The target of positions that do not count in the loss. */
  public static final int IGNORED = -100;

  public TokenBatch {
    int n = Math.multiplyExact(batchSize, seqLen);
    if (inputs.length != n
        || targets.length != n
        || (documentStart != null && documentStart.length != n)) {
      throw new IllegalArgumentException(
          "batch: arrays must hold "
              + batchSize
              + " x "
              + seqLen
              + " tokens, got "
              + inputs.length
              + " and "
              + targets.length);
    }
  }

  /**
   * A batch whose rows are one document each.
   *
   * @param inputs (B, T) row-major
   * @param targets (B, T), {@link #IGNORED} where there is no target
   */
  public static TokenBatch of(int batchSize, int seqLen, int[] inputs, int[] targets) {
    return new TokenBatch(batchSize, seqLen, inputs, targets, null);
  }

  /**
   * A batch whose rows are one text each, after an end-of-text token. Texts are cut to {@code
   * seqLen} tokens.
   *
   * @param endOfTextId ends a document within a text, too
   * @param separatesDocuments whether attention stays inside documents
   */
  public static TokenBatch ofTexts(
      List<int[]> texts, int seqLen, int endOfTextId, boolean separatesDocuments) {
    int[] inputs = new int[Math.multiplyExact(texts.size(), seqLen)];
    int[] targets = new int[inputs.length];
    Arrays.fill(inputs, endOfTextId);
    Arrays.fill(targets, IGNORED);
    for (int b = 0; b < texts.size(); b++) {
      int[] text = texts.get(b);
      int length = Math.min(text.length, seqLen);
      System.arraycopy(text, 0, inputs, b * seqLen + 1, Math.max(0, length - 1));
      System.arraycopy(text, 0, targets, b * seqLen, length);
    }
    int[] starts = separatesDocuments ? documentStart(inputs, targets, seqLen, endOfTextId) : null;
    return new TokenBatch(texts.size(), seqLen, inputs, targets, starts);
  }

  /**
   * Returns a copy for predictions further ahead: each position has the input and the target of the
   * position so many tokens later in its document, and no target where there is none.
   */
  public TokenBatch ahead(int tokens) {
    int[] later = inputs.clone();
    int[] further = new int[targets.length];
    Arrays.fill(further, IGNORED);
    for (int i = 0; i < inputs.length; i++) {
      int from = i + tokens;
      boolean sameRow = i % seqLen + tokens < seqLen;
      if (sameRow && (documentStart == null || documentStart[from] == documentStart[i])) {
        later[i] = inputs[from];
        further[i] = targets[from];
      }
    }
    return new TokenBatch(batchSize, seqLen, later, further, documentStart);
  }

  @Override
  public long numTokens() {
    return inputs.length;
  }

  @Override
  public long numTargets() {
    long count = 0;
    for (int target : targets) {
      count += target == IGNORED ? 0 : 1;
    }
    return count;
  }

  /** Start positions of documents: an end-of-text input begins the document that follows it. */
  static int[] documentStart(int[] inputs, int[] targets, int T, int endOfTextId) {
    int[] starts = new int[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      int position = i % T;
      boolean padding = targets[i] == IGNORED;
      boolean firstPadding = padding && (position == 0 || targets[i - 1] != IGNORED);
      boolean begins = position == 0 || (padding ? firstPadding : inputs[i] == endOfTextId);
      starts[i] = begins ? position : starts[i - 1];
    }
    return starts;
  }
}
