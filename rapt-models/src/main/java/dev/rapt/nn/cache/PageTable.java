package dev.rapt.nn.cache;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.attention.PagedHeads;
import dev.rapt.kernel.PageView;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The pages of one sequence, in the order of its positions. */
final class PageTable {
  private final PagePool pool;
  private final List<Page> pages = new ArrayList<>();

  PageTable(PagePool pool) {
    this.pool = pool;
  }

  PagePool pool() {
    return pool;
  }

  /** The pages that hold the first positions, the last one perhaps in part. */
  List<Page> pages(int length) {
    return pages.subList(0, pagesOf(length));
  }

  private int pagesOf(int length) {
    return (length + pool.pageSize() - 1) / pool.pageSize();
  }

  /** Begins with pages of another sequence, which are retained. */
  void adopt(List<Page> shared) {
    shared.forEach(page -> pages.add(page.retain()));
  }

  /**
   * Takes pages for the positions [length, newLength), and a copy of the last page if others use
   * it.
   *
   * @return false if the pool has no room; what was taken is kept
   */
  boolean reserve(int length, int newLength) {
    int last = length / pool.pageSize();
    if (length % pool.pageSize() != 0 && newLength > length && pages.get(last).isShared()) {
      Page copy = pool.copy(pages.get(last));
      if (copy == null) {
        return false;
      }
      pool.release(pages.set(last, copy));
    }
    while (pages.size() < pagesOf(newLength)) {
      Page page = pool.take();
      if (page == null) {
        return false;
      }
      pages.add(page);
    }
    return true;
  }

  /**
   * Writes keys or values (1, T, width) of the positions from {@code length} on.
   *
   * @param store 2 layer for keys, 2 layer + 1 for values
   * @return all keys or values so far
   */
  PagedHeads append(int layer, int store, int window, Heads x, int length) {
    pool.keepWindow(layer, window);
    int newLength = length + x.seqLen();
    @Nullable MemorySegment[] memory = new MemorySegment[pagesOf(newLength)];
    int firstWritten = length / pool.pageSize();
    for (int i = 0; i < memory.length; i++) {
      Page page = pages.get(i);
      memory[i] =
          i < firstWritten
              ? page.memory[store]
              : pool.store(page, store, x.numHeads(), x.headDim());
    }
    PageView view = new PageView(memory, pool.pageSize(), pool.format(), x.numHeads(), x.headDim());
    Tensor wide = Casts.toFloat(x.tensor().scope(), x.tensor());
    for (int t = 0; t < x.seqLen(); t++) {
      view.write((long) length + t, wide.memory(), t * wide.lastDim() + x.from());
    }
    if (wide != x.tensor()) {
      wide.scope().release(wide);
    }
    return new PagedHeads(view);
  }

  /** Frees what lies before the sliding windows of the query at position {@code length}. */
  void slide(int length) {
    for (int layer = 0; layer < pool.numLayers(); layer++) {
      int firstPage = pool.firstSeen(layer, length) / pool.pageSize();
      for (int i = firstPage - 1; i >= 0 && pages.get(i).holds(layer); i--) {
        if (pages.get(i).isShared()) {
          break;
        }
        pool.forget(pages.get(i), 2 * layer);
        pool.forget(pages.get(i), 2 * layer + 1);
      }
    }
  }

  /** Whether the query at this position would find all keys that it sees. */
  boolean holdsWindowBefore(int position) {
    return pool.holdsWindowBefore(pages, position);
  }

  /** Gives back the pages behind these positions. */
  void truncate(int newLength) {
    while (pages.size() > pagesOf(newLength)) {
      pool.release(pages.removeLast());
    }
  }

  long bytes() {
    return pages.stream()
        .flatMap(page -> Arrays.stream(page.memory))
        .mapToLong(memory -> memory == null ? 0 : memory.byteSize())
        .sum();
  }
}
