package dev.rapt.train.batch;

import dev.rapt.train.random.Draws;
import dev.rapt.train.random.KeyedPermutation;
import dev.rapt.train.random.Philox;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Batches of corrupted windows for denoising objectives. Every window comes once per epoch, in a
 * different random order each epoch, and is corrupted anew at each visit.
 *
 * @param <B> kind of batch
 * @param windows the texts
 * @param batchSize windows of a batch
 * @param seed seed of orders and corruption
 * @param isStatic whether a window is corrupted in the same way at each visit
 * @param noise corrupts windows
 */
public record NoisedWindows<B extends Batch>(
    Windows windows, int batchSize, long seed, boolean isStatic, Noise<B> noise)
    implements BatchSampler<B> {
  private static final long HELD_OUT = -3; // a step that no training batch has

  /** Makes a batch of texts. */
  @FunctionalInterface
  public interface Noise<B> {
    /**
     * Corrupts texts.
     *
     * @param texts tokens of each text
     * @param draws random numbers for each text
     */
    B batch(List<int[]> texts, List<Draws> draws);
  }

  @Override
  public int seqLen() {
    return windows.seqLen();
  }

  @Override
  public B batch(long step) {
    List<int[]> texts = new ArrayList<>();
    List<Draws> draws = new ArrayList<>();
    long count = windows.count();
    for (int b = 0; b < batchSize; b++) {
      long index = Math.addExact(Math.multiplyExact(step, (long) batchSize), b);
      long epochKey = Philox.bits(seed, -1, index / count);
      long window = new KeyedPermutation(count, epochKey).at(index % count);
      texts.add(windows.tokens(window));
      draws.add(Draws.of(seed, isStatic ? 0 : 1 + index / count, window));
    }
    return noise.batch(texts, draws);
  }

  @Override
  public long stepsPerEpoch() {
    return Math.ceilDiv(windows.count(), batchSize);
  }

  /** Returns all windows once, in order, each corrupted in the same way at every evaluation. */
  public static <B extends Batch> Iterable<B> heldOut(
      Windows windows, int batchSize, long seed, Noise<B> noise) {
    return () -> {
      Iterator<Long> batches =
          LongStream.range(0, Math.ceilDiv(windows.count(), batchSize)).iterator();
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return batches.hasNext();
        }

        @Override
        public B next() {
          long first = batches.next() * batchSize;
          long end = Math.min(windows.count(), first + batchSize);
          return noise.batch(
              LongStream.range(first, end).mapToObj(windows::tokens).toList(),
              LongStream.range(first, end)
                  .mapToObj(window -> Draws.of(seed, HELD_OUT, window))
                  .toList());
        }
      };
    };
  }
}
