package dev.rapt.tokenizer.text;

import java.util.Arrays;

/** A trie from strings to numbers of at least 0, read one code point at a time. */
public final class CodePointTrie {
  /** The node of the empty string. */
  public static final int ROOT = 0;

  /** The result where there is no child or no number. */
  public static final int NONE = -1;

  private static final int POINT_BITS = 21;

  // (node, code point) -> child, with open addressing; 0 marks a free slot, as the root is no child
  private long[] keys = new long[64];
  private int[] children = new int[64];
  private int[] values = new int[16];
  private int nodes = 1;

  /** Creates an empty trie. */
  public CodePointTrie() {
    Arrays.fill(values, NONE);
  }

  /** Adds a string; the last of equal strings wins. */
  public void put(String string, int value) {
    int node = ROOT;
    for (int i = 0; i < string.length(); ) {
      int c = string.codePointAt(i);
      i += Character.charCount(c);
      int child = child(node, c);
      node = child == NONE ? addChild(node, c) : child;
    }
    values[node] = value;
  }

  private int addChild(int node, int codePoint) {
    if (nodes == values.length) {
      values = Arrays.copyOf(values, nodes * 2);
      Arrays.fill(values, nodes, values.length, NONE);
    }
    if (nodes * 2 > keys.length) {
      grow();
    }
    long key = key(node, codePoint);
    int slot = slot(key);
    keys[slot] = key;
    children[slot] = nodes;
    return nodes++;
  }

  private void grow() {
    long[] oldKeys = keys;
    int[] oldChildren = children;
    keys = new long[oldKeys.length * 4];
    children = new int[keys.length];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldChildren[i] != 0) {
        int slot = slot(oldKeys[i]);
        keys[slot] = oldKeys[i];
        children[slot] = oldChildren[i];
      }
    }
  }

  /** Returns the node after one more code point, or {@link #NONE}. */
  public int child(int node, int codePoint) {
    int child = children[slot(key(node, codePoint))];
    return child == 0 ? NONE : child;
  }

  /** Returns the number of the string that ends at a node, or {@link #NONE}. */
  public int value(int node) {
    return values[node];
  }

  /** Returns the length in code points of the longest string that begins at {@code at}, or 0. */
  public int longestAt(AlignedText text, int at) {
    int longest = 0;
    int node = ROOT;
    for (int i = at; i < text.length(); i++) {
      node = child(node, text.codePoint(i));
      if (node == NONE) {
        break;
      }
      if (values[node] != NONE) {
        longest = i + 1 - at;
      }
    }
    return longest;
  }

  private static long key(int node, int codePoint) {
    return (long) node << POINT_BITS | codePoint;
  }

  /** Returns the slot of a key, or the free slot for it. */
  private int slot(long key) {
    int mask = keys.length - 1;
    int slot = (int) ((key * 0x9E3779B97F4A7C15L) >>> 33) & mask;
    while (children[slot] != 0 && keys[slot] != key) {
      slot = slot + 1 & mask;
    }
    return slot;
  }
}
