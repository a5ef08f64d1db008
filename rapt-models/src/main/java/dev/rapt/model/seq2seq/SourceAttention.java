package dev.rapt.model.seq2seq;

import dev.rapt.model.encoder.BlockSparsity;
import java.util.List;

/** What the tokens of a source see of each other. */
public sealed interface SourceAttention {
  /** Everything. */
  SourceAttention FULL = new Full();

  /** Everything. */
  record Full() implements SourceAttention {}

  /**
   * Neighbours and global tokens, as in LED.
   *
   * @param sizes width of the window of each layer
   */
  record Windows(List<Integer> sizes) implements SourceAttention {
    /** Copies the list. */
    public Windows {
      sizes = List.copyOf(sizes);
    }
  }

  /** Some blocks, as in BigBird-Pegasus. */
  record Blocks(BlockSparsity blocks) implements SourceAttention {}
}
