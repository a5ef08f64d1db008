package dev.rapt.nn.cache;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of all layers for {@link PagePool#pageSize} successive positions. Several
 * sequences with a common prefix may use one page; it is written only while one uses it.
 */
public final class Page {
  /** Memory of the keys of layer i at 2 i and of its values at 2 i + 1; null where it has none. */
  final @Nullable MemorySegment[] memory;

  private int uses = 1;

  Page(int numLayers) {
    memory = new MemorySegment[2 * numLayers];
  }

  /** Whether more than one sequence, or a sequence and the prefix tree, use this page. */
  boolean isShared() {
    return uses > 1;
  }

  /** Counts one more user, who must give the page back to its pool. */
  Page retain() {
    uses++;
    return this;
  }

  /** Counts one user less; returns whether there is none left. */
  boolean drop() {
    return --uses == 0;
  }

  /** Whether the keys of a layer are held: those out of a sliding window are dropped. */
  boolean holds(int layer) {
    return memory[2 * layer] != null;
  }
}
