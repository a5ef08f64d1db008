package dev.rapt.autograd.attention;

import dev.rapt.kernel.PageView;

/**
 * Heads of keys or of values of one sequence in the pages of a KV cache. No gradient flows to them.
 *
 * @param view the pages
 */
public record PagedHeads(PageView view) implements KeyHeads {
  @Override
  public int batchSize() {
    return 1;
  }

  @Override
  public int seqLen() {
    return Math.multiplyExact(view.pages().length, view.pageSize());
  }

  @Override
  public int numHeads() {
    return view.numHeads();
  }

  @Override
  public int headDim() {
    return view.headDim();
  }

  @Override
  public String described() {
    return "%d pages of %d positions".formatted(view.pages().length, view.pageSize());
  }
}
