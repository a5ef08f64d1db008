package dev.rapt.train.batch;

import dev.rapt.train.data.TokenDataset;
import java.util.Arrays;

/**
 * Packed windows: each begins with a document and holds as many documents as fit. An end-of-text
 * input precedes every document, so that its first token is predicted too; its own end-of-text
 * token is the last one predicted. Documents longer than a window continue in the next one.
 *
 * <p>Batches mark where documents begin. The bounds of the windows take 12 bytes of memory each.
 */
public final class PackedWindows implements Windows {
  private final TokenDataset dataset;
  private final int seqLen;
  private final Fill fill;
  private long[] starts = new long[16]; // first target of each window
  private int[] counts = new int[16];
  private int size;

  /** What happens to a document that does not fit into the rest of a window. */
  public enum Fill {
    /** It begins the next window, and the rest of this one stays empty: each token comes once. */
    WHOLE,
    /**
     * It is cut, and the next window begins with it again: no position is empty, some tokens come
     * twice.
     */
    CUT
  }

  /**
   * Divides a dataset into windows.
   *
   * @throws IllegalArgumentException if documents are not marked, or there is no token
   */
  public PackedWindows(TokenDataset dataset, int seqLen, Fill fill) {
    DatasetChecks.requireSeqLen(seqLen);
    DatasetChecks.requireDocuments(dataset);
    if (dataset.size() == 0) {
      throw new IllegalArgumentException("dataset: must have at least one token, got none");
    }
    this.dataset = dataset;
    this.seqLen = seqLen;
    this.fill = fill;
    pack();
    starts = Arrays.copyOf(starts, size);
    counts = Arrays.copyOf(counts, size);
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

  /** Share of the positions of all windows that predict a token. */
  public double occupancy() {
    return Arrays.stream(counts).asLongStream().sum() / ((double) size * seqLen);
  }

  private void pack() {
    int[] block = new int[1 << 14];
    long window = 0; // first target of the open window
    long document = 0; // beginning of the open document
    for (long at = 0; at < dataset.size(); at += block.length) {
      int count = (int) Math.min(block.length, dataset.size() - at);
      dataset.copy(at, block, 0, count);
      for (int i = 0; i < count; i++) {
        if (block[i] == dataset.endOfTextId()) {
          long end = at + i + 1;
          window = addDocument(window, document, end);
          document = end;
        }
      }
    }
    if (document < dataset.size()) { // the last document is not marked when it was cut
      window = addDocument(window, document, dataset.size());
    }
    if (window < dataset.size()) {
      add(window, (int) (dataset.size() - window));
    }
  }

  /** Closes the windows that the document completes; returns where the open window begins. */
  private long addDocument(long window, long document, long end) {
    long open = window;
    while (end - open > seqLen) {
      boolean inside = document > open; // the window has documents before this one
      if (inside && fill == Fill.WHOLE) {
        add(open, (int) (document - open));
        open = document;
      } else {
        add(open, seqLen);
        open = inside ? document : open + seqLen;
      }
    }
    return open;
  }

  private void add(long start, int count) {
    if (size == starts.length) {
      starts = Arrays.copyOf(starts, 2 * size);
      counts = Arrays.copyOf(counts, 2 * size);
    }
    starts[size] = start;
    counts[size++] = count;
  }
}
