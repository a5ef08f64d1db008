package dev.rapt.generate.constrain.mask;

import dev.rapt.generate.constrain.automaton.Configurations;
import dev.rapt.generate.constrain.automaton.Machine;
import dev.rapt.generate.constrain.mask.LocalStates.LocalState;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Computes which tokens continue a parse. Thread-safe.
 *
 * <p>Most tokens depend on the top of a stack alone. They are found once for each top, by a walk
 * over the trie above an unknown stack. Where the walk returns to the unknown stack, it notes the
 * node of the trie; there the walk goes on, once for each state that is found below, and so on down
 * the stack. This is the split into tokens that depend on the context and others of XGrammar
 * (arXiv:2411.15100, section 3.1), with the dependent tokens cached by the part of the stack that
 * they need.
 */
public final class Masks {
  /** Memory of the cache in bytes, about; a full cache is emptied. */
  private static final long MAX_BYTES = 256L << 20;

  private static final int MAX_STATES = 50_000;

  private final Machine machine;
  private final TokenTrie trie;
  private volatile Cache cache;

  /** Masks of a grammar for a vocabulary. */
  public Masks(Machine machine, TokenTrie trie) {
    this.machine = machine;
    this.trie = trie;
    cache = new Cache(machine);
  }

  private static final class Cache {
    final LocalStates states;
    final ConcurrentHashMap<Integer, Walk> tops = new ConcurrentHashMap<>();
    final AtomicLong bytes = new AtomicLong();

    Cache(Machine machine) {
      states = new LocalStates(machine);
    }

    boolean isFull() {
      return bytes.get() > MAX_BYTES || states.size() > MAX_STATES;
    }
  }

  /** What a top, or a state below it, adds to the tokens, and where its walk leaves it. */
  private static final class Walk {
    final TokenSet tokens;
    final int[] returns; // nodes of the trie after which what is below acts
    private volatile @Nullable ConcurrentHashMap<Integer, Walk> below;

    Walk(TokenSet tokens, int[] returns) {
      this.tokens = tokens;
      this.returns = returns;
    }

    ConcurrentHashMap<Integer, Walk> below() {
      ConcurrentHashMap<Integer, Walk> map = below;
      if (map == null) {
        synchronized (this) {
          map = below;
          if (map == null) {
            map = new ConcurrentHashMap<>();
            below = map;
          }
        }
      }
      return map;
    }
  }

  /** The ids whose bytes continue one of these configurations, as bits. */
  public long[] allowed(Configurations configurations) {
    Cache current = cache;
    if (current.isFull()) {
      current = new Cache(machine);
      cache = current;
    }
    long[] words = new long[(trie.numIds() + 63) >> 6];
    for (int i = 0; i < configurations.size(); i++) {
      int top = configurations.state(i);
      Walk walk = current.tops.get(top);
      if (walk == null) {
        Configurations alone = Configurations.push(top, Configurations.BOTTOM);
        walk = walk(current, current.states.of(alone), new int[] {0});
        current.tops.put(top, walk);
      }
      add(current, walk, configurations.below(i), words);
    }
    return words;
  }

  /** Adds the tokens of a walk, and of its continuations in the stacks below. */
  private void add(Cache current, Walk walk, Configurations below, long[] words) {
    walk.tokens.addTo(words);
    for (int i = 0; walk.returns.length > 0 && i < below.size(); i++) {
      int state = below.state(i);
      Walk next = walk.below().get(state);
      if (next == null) {
        LocalState from = current.states.of(machine.after(state));
        next = walk(current, from, walk.returns);
        walk.below().put(state, next);
      }
      add(current, next, below.below(i), words);
    }
  }

  /** Walks the subtrees of some nodes from one state. */
  private Walk walk(Cache current, LocalState from, int[] nodes) {
    LocalStates states = current.states;
    long[] words = new long[(trie.numIds() + 63) >> 6];
    int[] returns = new int[16];
    int numReturns = 0;
    LocalState[] path = new LocalState[16]; // by depth, from the depth of the node
    for (int root : nodes) {
      if (from.returns) {
        returns = with(returns, numReturns++, root);
      }
      int base = trie.depth(root);
      path[0] = from;
      int end = trie.end(root);
      for (int node = root + 1; node < end; ) {
        int depth = trie.depth(node) - base;
        LocalState state = states.next(path[depth - 1], trie.label(node));
        if (state.isDead) {
          node = trie.end(node);
          continue;
        }
        trie.addTokens(node, words);
        if (trie.hasChildren(node)) {
          if (state.returns) {
            returns = with(returns, numReturns++, node);
          }
          if (depth == path.length) {
            path = Arrays.copyOf(path, 2 * depth);
          }
          path[depth] = state;
        }
        node++;
      }
    }
    Walk walk = new Walk(TokenSet.of(words), Arrays.copyOf(returns, numReturns));
    current.bytes.addAndGet(walk.tokens.size() + 4L * numReturns + 64);
    return walk;
  }

  private static int[] with(int[] values, int at, int value) {
    int[] enough = at == values.length ? Arrays.copyOf(values, 2 * at) : values;
    enough[at] = value;
    return enough;
  }
}
