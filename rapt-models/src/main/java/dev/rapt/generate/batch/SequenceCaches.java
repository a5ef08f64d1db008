package dev.rapt.generate.batch;

import dev.rapt.model.CausalLm;
import dev.rapt.nn.Pass;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.nn.cache.Page;
import dev.rapt.nn.cache.PagePool;
import dev.rapt.nn.cache.PrefixTree;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.List;

/** The KV caches of all sequences: one pool of pages, and the pages of finished sequences. */
final class SequenceCaches {
  private final CausalLm model;
  private final BatchOptions options;
  private final Scope scope;
  private final PagePool pool;
  private final PrefixTree tree;
  private boolean sharesPrefixes;
  private long promptTokens;
  private long cachedTokens;

  /**
   * Prepares the pool: one token is run so that the sizes of pages are known.
   *
   * @throws IllegalArgumentException if the budget has no room for a page
   */
  SequenceCaches(CausalLm model, BatchOptions options) {
    this.model = model;
    this.options = options;
    scope = model.scope().child();
    pool =
        new PagePool(
            scope,
            model.config().numLayers(),
            options.cacheFormat(),
            options.pageSize(),
            options.cacheBytes());
    tree = new PrefixTree(pool);
    try {
      measure();
    } catch (RuntimeException e) {
      scope.close();
      throw e;
    }
  }

  private void measure() {
    try (Scope step = scope.child()) {
      KvCache cache = KvCache.paged(step, model.config().numLayers(), 1, pool);
      cache.reserve(1);
      Tensor ids = step.ints(new int[1], 1, 1);
      model.hidden(ids, Pass.ragged(ids, List.of(cache), 1));
      cache.advance(1);
      sharesPrefixes = options.sharesPrefixes() && cache.isInPagesAlone();
      cache.releasePages();
    }
    if (pool.capacity() == 0) {
      throw new IllegalArgumentException(
          "batch options: cacheBytes must hold at least one page of %d bytes, got %d"
              .formatted(pool.pageBytes(), pool.budgetBytes()));
    }
  }

  /** Most positions that one sequence can have alone. */
  long mostPositions() {
    long pages = pool.capacity();
    return pages > Integer.MAX_VALUE ? Integer.MAX_VALUE : pages * pool.pageSize();
  }

  /** Gives a sequence a cache, with what is held of the beginning of its tokens. */
  void open(RunningSequence sequence) {
    Scope own = scope.child();
    int maxPositions =
        model.config().endsAtMaxPositions() ? model.config().maxPositions() : Integer.MAX_VALUE;
    KvCache cache = KvCache.paged(own, model.config().numLayers(), maxPositions, pool);
    sequence.start(own, cache);
    int length = sequence.row.length();
    if (sharesPrefixes) {
      PrefixTree.Match match = tree.find(sequence.row.ids(), length - 1);
      cache.adopt(match.pages(), match.length());
    }
    promptTokens += length;
    cachedTokens += cache.length();
  }

  /** How many tokens of these are held, of at most {@code most}. */
  int held(int[] tokens, int most) {
    return sharesPrefixes ? tree.find(tokens, most).length() : 0;
  }

  /** Whether sequences share what they have in common. */
  boolean sharesPrefixes() {
    return sharesPrefixes;
  }

  /** Takes memory for more positions; evicts what no sequence uses. False if there is too little. */
  boolean reserve(RunningSequence sequence, int newPositions) {
    KvCache cache = sequence.cache();
    while (!cache.reserve(newPositions)) {
      if (tree.evict(1 + newPositions / pool.pageSize()) == 0) {
        return false;
      }
    }
    return true;
  }

  /** Makes the pages that a sequence has filled known to others. */
  void share(RunningSequence sequence) {
    if (sharesPrefixes) {
      int filled = sequence.cache().length() / pool.pageSize() * pool.pageSize();
      insert(sequence, filled);
    }
  }

  /** Keeps what a sequence has read and written for later ones, and frees the rest. */
  void close(RunningSequence sequence) {
    if (sharesPrefixes) {
      insert(sequence, sequence.cache().length());
    }
    sequence.stop();
  }

  private void insert(RunningSequence sequence, int length) {
    List<Page> pages = sequence.cache().pages();
    tree.insert(sequence.row.ids(), length, pages);
  }

  long promptTokens() {
    return promptTokens;
  }

  long cachedTokens() {
    return cachedTokens;
  }

  long usedBytes() {
    return pool.usedBytes();
  }

  long budgetBytes() {
    return pool.budgetBytes();
  }

  void close() {
    tree.clear();
    scope.close();
  }

  /** Scope of the model's passes. */
  Scope scope() {
    return scope;
  }
}
