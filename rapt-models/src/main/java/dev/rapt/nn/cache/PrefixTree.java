package dev.rapt.nn.cache;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The pages of earlier sequences, found by the tokens that they hold: a radix tree whose edges are
 * the tokens of a page. Pages that no sequence uses are evicted by least recent use.
 * RadixAttention, arXiv:2312.07104, section 3. For one thread.
 */
public final class PrefixTree {
  /** A page behind all pages of its parents; fewer tokens than a page holds only in a leaf. */
  private static final class Node {
    final @Nullable Node parent;
    final Map<Integer, List<Node>> children = new HashMap<>();
    int[] tokens;
    Page page;
    long lastUse;

    Node(@Nullable Node parent, int[] tokens, Page page) {
      this.parent = parent;
      this.tokens = tokens;
      this.page = page;
    }
  }

  /**
   * Pages that hold the beginning of a sequence.
   *
   * @param length number of positions, in the last page perhaps fewer than it holds
   */
  public record Match(List<Page> pages, int length) {
    /** Nothing found. */
    public static final Match NONE = new Match(List.of(), 0);

    /** Copies the list. */
    public Match {
      pages = List.copyOf(pages);
    }
  }

  private final PagePool pool;
  private final Map<Integer, List<Node>> roots = new HashMap<>();
  private final List<Node> nodes = new ArrayList<>();
  private long clock;

  /** Creates an empty tree over the pages of this pool. */
  public PrefixTree(PagePool pool) {
    this.pool = pool;
  }

  /** Number of pages that the tree holds. */
  public int size() {
    return nodes.size();
  }

  /**
   * Finds the longest beginning of these tokens that is held. The pages are not retained.
   *
   * @param most most positions to find
   */
  public Match find(int[] tokens, int most) {
    clock++;
    List<Page> pages = new ArrayList<>();
    int length = 0;
    Map<Integer, List<Node>> level = roots;
    while (length < most) {
      Node best = null;
      int bestLength = 0;
      for (Node node : level.getOrDefault(tokens[length], List.of())) {
        int common = common(node.tokens, tokens, length, most);
        if (common > bestLength) {
          best = node;
          bestLength = common;
        }
      }
      if (best == null) {
        break;
      }
      best.lastUse = clock;
      pages.add(best.page);
      length += bestLength;
      if (bestLength < pool.pageSize()) {
        break;
      }
      level = best.children;
    }
    while (length > 0 && !pool.holdsWindowBefore(pages, length)) {
      pages.removeLast();
      length = pages.size() * pool.pageSize();
    }
    return new Match(pages, length);
  }

  private static int common(int[] held, int[] tokens, int from, int to) {
    int length = Math.min(held.length, to - from);
    int mismatch = Arrays.mismatch(held, 0, length, tokens, from, from + length);
    return mismatch < 0 ? length : mismatch;
  }

  /**
   * Keeps the pages of a sequence, which are retained.
   *
   * @param length positions that are filled, at most {@code tokens.length}
   * @param pages hold these positions
   */
  public void insert(int[] tokens, int length, List<Page> pages) {
    clock++;
    Node parent = null;
    for (int i = 0; i * pool.pageSize() < length; i++) {
      int from = i * pool.pageSize();
      int[] own = Arrays.copyOfRange(tokens, from, Math.min(length, from + pool.pageSize()));
      parent = child(parent, own, pages.get(i));
      parent.lastUse = clock;
    }
  }

  private Node child(@Nullable Node parent, int[] tokens, Page page) {
    Map<Integer, List<Node>> level = parent == null ? roots : parent.children;
    List<Node> siblings = level.computeIfAbsent(tokens[0], _ -> new ArrayList<>());
    for (Node node : siblings) {
      int common = common(node.tokens, tokens, 0, tokens.length);
      if (common == tokens.length) {
        return node;
      }
      if (common == node.tokens.length) { // a page filled further: the same positions and more
        pool.release(node.page);
        node.page = page.retain();
        node.tokens = tokens;
        return node;
      }
    }
    Node node = new Node(parent, tokens, page.retain());
    siblings.add(node);
    nodes.add(node);
    return node;
  }

  /**
   * Gives up the pages used least recently that no sequence uses.
   *
   * @param most most pages to give up
   * @return their number
   */
  public int evict(int most) {
    int evicted = 0;
    while (evicted < most) {
      List<Node> leaves =
          nodes.stream()
              .filter(node -> node.children.isEmpty() && !node.page.isShared())
              .sorted(Comparator.comparingLong(node -> node.lastUse))
              .limit((long) most - evicted)
              .toList();
      if (leaves.isEmpty()) {
        break;
      }
      leaves.forEach(this::remove);
      evicted += leaves.size();
    }
    return evicted;
  }

  private void remove(Node node) {
    nodes.remove(node);
    pool.release(node.page);
    Map<Integer, List<Node>> level = node.parent == null ? roots : node.parent.children;
    List<Node> siblings = level.getOrDefault(node.tokens[0], List.of());
    siblings.remove(node);
    if (siblings.isEmpty()) {
      level.remove(node.tokens[0]);
    }
  }

  /** Gives up all pages. */
  public void clear() {
    nodes.forEach(node -> pool.release(node.page));
    nodes.clear();
    roots.clear();
  }
}
