package dev.rapt.generate.constrain.mask;

import java.util.Arrays;
import java.util.Comparator;

/**
 * The tokens of a vocabulary as a trie of their bytes. Nodes are numbered depth first, so that a
 * subtree is a range of numbers; node 0 is the root. Immutable.
 */
public final class TokenTrie {
  private final byte[] labels; // last byte of each node
  private final short[] depths; // number of bytes of each node
  private final int[] ends; // the node after the subtree of each node
  private final int[] firstTokens; // index into tokens of the first token of each node
  private final int[] tokens; // in the order of the nodes
  private final int numIds;

  /**
   * The trie of a vocabulary.
   *
   * @param tokens bytes of each id; empty for one that is never allowed; at most 32767 bytes each
   */
  public TokenTrie(byte[][] tokens) {
    numIds = tokens.length;
    Integer[] order = new Integer[numIds];
    int count = 0;
    for (int id = 0; id < numIds; id++) {
      if (tokens[id].length > 0) {
        order[count++] = id;
      }
    }
    Comparator<Integer> byBytes =
        (a, b) -> Arrays.compareUnsigned(bytes(tokens, a), bytes(tokens, b));
    Arrays.sort(order, 0, count, byBytes.thenComparing(Comparator.naturalOrder()));
    int size = 1;
    byte[] before = {};
    for (int i = 0; i < count; i++) {
      byte[] next = bytes(tokens, order[i]);
      size += next.length - common(before, next);
      before = next;
    }
    labels = new byte[size];
    depths = new short[size];
    ends = new int[size];
    firstTokens = new int[size + 1];
    this.tokens = new int[count];
    fill(tokens, order);
  }

  private void fill(byte[][] tokens, Integer[] order) {
    int node = 0;
    int[] path = new int[Short.MAX_VALUE + 1]; // the node of each length of the current token
    byte[] before = {};
    for (int i = 0; i < this.tokens.length; i++) {
      byte[] next = bytes(tokens, order[i]);
      int common = common(before, next);
      for (int depth = before.length; depth > common; depth--) {
        ends[path[depth]] = node + 1;
      }
      for (int depth = common + 1; depth <= next.length; depth++) {
        node++;
        labels[node] = next[depth - 1];
        depths[node] = (short) depth;
        firstTokens[node] = i;
        path[depth] = node;
      }
      this.tokens[i] = order[i];
      before = next;
    }
    for (int depth = before.length; depth >= 0; depth--) {
      ends[path[depth]] = node + 1;
    }
    firstTokens[node + 1] = this.tokens.length;
  }

  private static byte[] bytes(byte[][] tokens, int id) {
    byte[] bytes = tokens[id];
    if (bytes.length > Short.MAX_VALUE) {
      throw new IllegalArgumentException(
          "vocabulary: a token must have at most %d bytes, got more in token %d"
              .formatted(Short.MAX_VALUE, id));
    }
    return bytes;
  }

  private static int common(byte[] a, byte[] b) {
    int mismatch = Arrays.mismatch(a, b);
    return mismatch < 0 ? a.length : mismatch;
  }

  /** Number of ids of the vocabulary. */
  public int numIds() {
    return numIds;
  }

  /** Number of nodes. */
  int size() {
    return labels.length;
  }

  /** Last byte of a node, 0 to 255. */
  int label(int node) {
    return labels[node] & 0xFF;
  }

  /** Number of bytes from the root to a node. */
  int depth(int node) {
    return depths[node];
  }

  /** The node after the subtree of a node. */
  int end(int node) {
    return ends[node];
  }

  /** Whether longer tokens begin with the bytes of a node. */
  boolean hasChildren(int node) {
    return ends[node] > node + 1;
  }

  /** Adds the tokens of a node to a set of ids. */
  void addTokens(int node, long[] words) {
    for (int i = firstTokens[node]; i < firstTokens[node + 1]; i++) {
      words[tokens[i] >> 6] |= 1L << tokens[i];
    }
  }
}
