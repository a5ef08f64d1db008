package dev.rapt.autograd.attention;

import dev.rapt.kernel.AttentionCall;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;

/**
 * Sparse attention mask with a bit for each query and key: for patterns other than intervals, such
 * as those of Longformer and BigBird and the key selection of DeepSeek's sparse attention. Several
 * threads may fill rows, as long as each row is filled by one.
 *
 * @param words (1 or B, 1 or H, T, S / 64 rounded up) i64: key j is bit j % 64 of word j / 64
 * @param totalLen S
 */
public record KeyBits(Tensor words, int totalLen) {
  public KeyBits {
    words.requireType(DType.I64);
    if (words.shape().rank() != 4 || words.dim(3) != AttentionCall.KeyBits.words(totalLen)) {
      throw new IllegalArgumentException(
          "key bits: must be (batch, heads, queries, %d) for %d keys, got %s"
              .formatted(AttentionCall.KeyBits.words(totalLen), totalLen, words.shape()));
    }
  }

  /**
   * Creates a mask with which no query sees any key.
   *
   * @param batchSize B, or 1 if all sequences have the same
   * @param numHeads H, or 1 if all heads have the same
   */
  public static KeyBits none(Scope scope, int batchSize, int numHeads, int seqLen, int totalLen) {
    int words = AttentionCall.KeyBits.words(totalLen);
    return new KeyBits(scope.zeros(DType.I64, batchSize, numHeads, seqLen, words), totalLen);
  }

  /** Lets query i of head h of sequence b see key j. */
  public void add(int b, int h, int i, int j) {
    if (j < 0 || j >= totalLen) {
      throw new IndexOutOfBoundsException("key " + j + " of " + totalLen);
    }
    long word = ((b * words.dim(1) + h) * words.dim(2) + i) * words.dim(3) + j / 64;
    long bits = words.memory().getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, word);
    words.memory().setAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, word, bits | 1L << (j % 64));
  }

  /** Lets query i of head h of sequence b see keys [from, to). */
  public void add(int b, int h, int i, int from, int to) {
    for (int j = from; j < to; j++) {
      add(b, h, i, j);
    }
  }

  void requireFitting(int batchSize, int numHeads, int seqLen, int keys) {
    boolean fits =
        (words.dim(0) == 1 || words.dim(0) == batchSize)
            && (words.dim(1) == 1 || words.dim(1) == numHeads)
            && words.dim(2) == seqLen
            && totalLen == keys;
    if (!fits) {
      throw new IllegalArgumentException(
          "attention: key bits must be (1 or %d, 1 or %d, %d, words) for %d keys, got %s for %d"
              .formatted(batchSize, numHeads, seqLen, keys, words.shape(), totalLen));
    }
  }

  public AttentionCall.KeyBits toKernel() {
    long headWords = words.dim(2) * words.dim(3);
    return new AttentionCall.KeyBits(
        words.memory(),
        words.dim(0) == 1 ? 0 : words.dim(1) * headWords,
        words.dim(1) == 1 ? 0 : headWords);
  }
}
