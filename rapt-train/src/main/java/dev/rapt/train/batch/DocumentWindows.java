package dev.rapt.train.batch;

import dev.rapt.train.data.TokenDataset;
import java.util.Arrays;

/**
 * Windows that hold one document each. Documents longer than a window are cut every {@code seqLen}
 * tokens. The tokens that end documents are part of no window, and neither are remains of documents
 * that are shorter than {@code least}.
 *
 * <p>The bounds of the windows take 12 bytes of memory each.
 */
public final class DocumentWindows implements Windows {
  private final TokenDataset dataset;
  private final int seqLen;
  private final int least;
  private long[] starts = new long[16];
  private int[] counts = new int[16];
  private int size;

  /**
   * Divides a dataset into windows.
   *
   * @param least fewest tokens of a window, at least 1
   * @throws IllegalArgumentException if documents are not marked, or none is long enough
   */
  public DocumentWindows(TokenDataset dataset, int seqLen, int least) {
    DatasetChecks.requireSeqLen(seqLen);
    DatasetChecks.requireDocuments(dataset);
    this.dataset = dataset;
    this.seqLen = seqLen;
    this.least = least;
    divide();
    if (size == 0) {
      throw new IllegalArgumentException(
          "dataset: must have a document of at least %d tokens, got none".formatted(least));
    }
  }

  private void divide() {
    int[] block = new int[1 << 14];
    long start = 0;
    for (long at = 0; at < dataset.size(); at += block.length) {
      int count = (int) Math.min(block.length, dataset.size() - at);
      dataset.copy(at, block, 0, count);
      for (int i = 0; i < count; i++) {
        boolean ends = block[i] == dataset.endOfTextId();
        if (ends || at + i - start == seqLen) {
          add(start, (int) (at + i - start));
          start = ends ? at + i + 1 : at + i;
        }
      }
    }
    add(start, (int) (dataset.size() - start));
  }

  private void add(long start, int count) {
    if (count < least) {
      return;
    }
    if (size == starts.length) {
      starts = Arrays.copyOf(starts, 2 * size);
      counts = Arrays.copyOf(counts, 2 * size);
    }
    starts[size] = start;
    counts[size++] = count;
  }

  @Override
  public TokenDataset dataset() {
    return dataset;
  }

  @Override
  public int seqLen() {
    return seqLen;
  }

  @Override
  public long count() {
    return size;
  }

  @Override
  public boolean separatesDocuments() {
    return true;
  }

  @Override
  public Span span(long window) {
    int w = Math.toIntExact(window);
    return new Span(starts[w], counts[w]);
  }
}
