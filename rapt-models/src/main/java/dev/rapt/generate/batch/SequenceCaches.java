package dev.rapt.generate.batch;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.model.CausalLm;
import dev.rapt.nn.Pass;
import dev.rapt.nn.cache.CacheFile;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.nn.cache.Page;
import dev.rapt.nn.cache.PagePool;
import dev.rapt.nn.cache.PrefixTree;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The KV caches of all sequences: one pool of pages, and the pages of finished sequences. */
final class SequenceCaches {
  /**
   * Positions of a saved sequence that are computed again, to see whether the model is the same.
   */
  private static final int CHECKED_POSITIONS = 4;

  /** Relative difference that the order of sums and 8-bit elements may make, and no other model. */
  private static final double MOST_DISTANCE = 0.05;

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
      sharesPrefixes = options.sharesPrefixes() && cache.canBeShared();
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

  /**
   * Takes memory for more positions; evicts what no sequence uses. False if there is too little.
   */
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

  /** Writes what is held of the beginning of these tokens; returns the number of positions. */
  int save(int[] tokens, Path file) {
    PrefixTree.Match match =
        sharesPrefixes ? tree.find(tokens, tokens.length) : PrefixTree.Match.NONE;
    if (match.length() > 0) {
      CacheFile.write(file, pool, Arrays.copyOf(tokens, match.length()), match.pages());
    }
    return match.length();
  }

  /**
   * Reads the keys and values of a sequence; returns its tokens.
   *
   * @throws CheckpointException if they are not those of this model
   */
  int[] restore(Path file) {
    if (!sharesPrefixes) {
      throw new IllegalArgumentException(
          "KV cache: must be in pages alone to be restored, got a model with other states, or a batcher that shares no prefixes");
    }
    CacheFile.Stored stored = CacheFile.read(file, pool);
    try {
      requireOfThisModel(file, stored);
      tree.insert(stored.tokens(), stored.tokens().length, stored.pages());
    } finally {
      stored.pages().forEach(pool::release);
    }
    return stored.tokens();
  }

  /** Runs the first tokens again: their keys and values depend on all weights. */
  private void requireOfThisModel(Path file, CacheFile.Stored stored) {
    int positions = Math.min(CHECKED_POSITIONS, Math.min(stored.tokens().length, pool.pageSize()));
    int[] tokens = Arrays.copyOf(stored.tokens(), positions);
    double distance = Double.POSITIVE_INFINITY;
    if (Arrays.stream(tokens).allMatch(id -> id >= 0 && id < model.config().vocabSize())) {
      try (Scope step = scope.child()) {
        KvCache cache = KvCache.paged(step, model.config().numLayers(), positions, pool);
        if (!cache.reserve(positions)) {
          throw new IllegalArgumentException(
              "KV cache: must have room for one page more than the file needs; use a larger cache");
        }
        Tensor ids = step.ints(tokens, 1, positions);
        model.hidden(ids, Pass.ragged(ids, List.of(cache), positions));
        cache.advance(positions);
        distance =
            CacheFile.distance(
                pool, cache.pages().getFirst(), stored.pages().getFirst(), positions);
        cache.releasePages();
      }
    }
    if (!(distance <= MOST_DISTANCE)) {
      throw new CheckpointException(
          file,
          "must hold keys and values of this model, got others for its first %d tokens; use the model that it was saved with"
              .formatted(positions));
    }
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
