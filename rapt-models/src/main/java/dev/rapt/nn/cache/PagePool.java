package dev.rapt.nn.cache;

import dev.rapt.kernel.PageFormat;
import dev.rapt.kernel.PageView;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Memory for keys and values of many sequences, in pages of equal size within a budget. For one
 * thread. PagedAttention, arXiv:2309.06180, section 4.
 *
 * <p>The pool learns the widths of the layers from the first pass over it, which therefore is not
 * held to the budget; afterwards a page is allocated as a whole or not at all.
 */
public final class PagePool {
  private final Scope scope;
  private final int numLayers;
  private final PageFormat format;
  private final int pageSize;
  private final long budgetBytes;
  private final long[] layout;
  private final int[] numHeads;
  private final int[] headDims;
  private final int[] windows;
  private final Map<Long, Deque<MemorySegment>> free = new HashMap<>();
  private long usedBytes;

  /**
   * Creates an empty pool.
   *
   * @param scope owns the memory
   * @param pageSize positions of a page
   * @param budgetBytes most bytes of all pages
   */
  public PagePool(Scope scope, int numLayers, PageFormat format, int pageSize, long budgetBytes) {
    this.scope = scope;
    this.numLayers = numLayers;
    this.format = format;
    this.pageSize = pageSize;
    this.budgetBytes = budgetBytes;
    layout = new long[2 * numLayers];
    numHeads = new int[2 * numLayers];
    headDims = new int[2 * numLayers];
    windows = new int[numLayers];
  }

  /** Number of layers: L. */
  int numLayers() {
    return numLayers;
  }

  /** Notes the sliding window of a layer, in keys; 0 for none. */
  void keepWindow(int layer, int window) {
    windows[layer] = window;
  }

  /** The first position that the query at this position sees in a layer. */
  int firstSeen(int layer, int position) {
    return windows[layer] == 0 ? 0 : Math.max(0, position - windows[layer] + 1);
  }

  /** Whether pages hold all keys that the query at this position sees. */
  boolean holdsWindowBefore(List<Page> pages, int position) {
    for (int layer = 0; layer < numLayers; layer++) {
      int from = firstSeen(layer, position) / pageSize;
      for (int i = from; windows[layer] != 0 && i * pageSize < position; i++) {
        if (!pages.get(i).holds(layer)) {
          return false;
        }
      }
    }
    return true;
  }

  /** Positions of a page. */
  public int pageSize() {
    return pageSize;
  }

  /** How elements are held. */
  public PageFormat format() {
    return format;
  }

  /** Bytes of a whole page; 0 before the first pass, and of a model without keys and values. */
  public long pageBytes() {
    return Arrays.stream(layout).sum();
  }

  /** Bytes of the pages in use. */
  public long usedBytes() {
    return usedBytes;
  }

  /** Most bytes of all pages. */
  public long budgetBytes() {
    return budgetBytes;
  }

  /** Number of pages that the budget has room for. */
  public long capacity() {
    return pageBytes() == 0 ? Long.MAX_VALUE : budgetBytes / pageBytes();
  }

  /** Returns a page for one user; null if the budget has no room for it. */
  public @Nullable Page take() {
    if (usedBytes + pageBytes() > budgetBytes) {
      return null;
    }
    Page page = new Page(numLayers);
    for (int store = 0; store < layout.length; store++) {
      if (layout[store] > 0) {
        page.memory[store] = allocate(layout[store]);
      }
    }
    return page;
  }

  /** Gives a page back for one of its users; the last one frees it. */
  public void release(Page page) {
    if (page.drop()) {
      for (int store = 0; store < page.memory.length; store++) {
        forget(page, store);
      }
    }
  }

  /** Frees a store of a page that no later query sees, if one sequence alone uses the page. */
  void forget(Page page, int store) {
    MemorySegment memory = page.memory[store];
    if (memory != null && !page.isShared()) {
      page.memory[store] = null;
      usedBytes -= memory.byteSize();
      free.computeIfAbsent(memory.byteSize(), _ -> new ArrayDeque<>()).push(memory);
    }
  }

  /** The memory of a store of a page, allocated if the pool has not seen this layer before. */
  MemorySegment store(Page page, int store, int heads, int headDim) {
    MemorySegment memory = page.memory[store];
    if (memory == null) {
      long bytes = PageView.pageBytes(pageSize, format, heads, headDim);
      layout[store] = bytes;
      numHeads[store] = heads;
      headDims[store] = headDim;
      memory = allocate(bytes);
      page.memory[store] = memory;
    }
    return memory;
  }

  /** Bytes of a store of a page; 0 where a layer has none. */
  long storeBytes(int store) {
    return layout[store];
  }

  /** The keys or values of a store in these pages. */
  PageView view(int store, List<Page> pages) {
    @Nullable MemorySegment[] memory = new MemorySegment[pages.size()];
    for (int i = 0; i < memory.length; i++) {
      memory[i] = pages.get(i).memory[store];
    }
    return new PageView(memory, pageSize, format, numHeads[store], headDims[store]);
  }

  /** Returns a copy of a page for one user; null if the budget has no room for it. */
  @Nullable Page copy(Page page) {
    Page copy = take();
    if (copy != null) {
      for (int store = 0; store < page.memory.length; store++) {
        MemorySegment from = page.memory[store];
        if (from == null) {
          forget(copy, store);
        } else {
          Objects.requireNonNull(copy.memory[store]).copyFrom(from);
        }
      }
    }
    return copy;
  }

  private MemorySegment allocate(long bytes) {
    usedBytes += bytes;
    Deque<MemorySegment> same = free.get(bytes);
    if (same != null && !same.isEmpty()) {
      return same.pop();
    }
    Tensor fresh = scope.empty(DType.I8, bytes);
    return fresh.memory();
  }
}
