package dev.rapt.generate.speculate;

import dev.rapt.generate.decoding.CausalLmDecoding;
import dev.rapt.generate.decoding.Decoding;
import dev.rapt.model.CausalLm;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Guesses with a smaller model of the same vocabulary. It chooses as the sequence does, with the
 * same processors and random numbers. Its KV cache follows the sequence: guesses that were not
 * taken are removed, tokens that it has not seen are read in one pass.
 */
public final class DraftModel implements Drafter {
  private final CausalLmDecoding model;
  private final Sequence sequence;
  private final int[] cached;
  private @Nullable Decoding decoding;

  /** Number of ids in the KV cache. */
  private int numCached;

  /** Number of ids in the KV cache that were read, not guessed. */
  private int numRead;

  /**
   * Creates a drafter for one sequence.
   *
   * @param model must stay open
   */
  public DraftModel(CausalLm model, Sequence sequence) {
    this.model = new CausalLmDecoding(model);
    this.sequence = sequence;
    cached = new int[sequence.maxLength() - sequence.padding()];
  }

  @Override
  public int[] draft(int[] ids, int length, int most, TokenChoice choice) {
    int[] tokens = Arrays.copyOfRange(ids, sequence.padding(), length);
    int count = (int) Math.min(most, (long) model.maxPositions() - tokens.length + 1);
    if (count < 1) {
      return new int[0]; // beyond the positions of this model
    }
    Decoding state = read(tokens);
    int[] all = Arrays.copyOf(ids, length + count);
    for (int i = length; i < length + count; i++) {
      all[i] = choice.choose(all, i, scores(state.logits()));
      boolean isKnown = all[i] < model.vocabSize();
      if (choice.ends(all[i]) || !isKnown || i + 1 == length + count) {
        return Arrays.copyOfRange(all, length, i + 1);
      }
      state.step(new int[] {all[i]});
      cached[numCached++] = all[i];
    }
    return new int[0];
  }

  /** Brings the KV cache to these tokens, with the logits after the last. */
  private Decoding read(int[] tokens) {
    int differing = Arrays.mismatch(cached, 0, numCached, tokens, 0, tokens.length - 1);
    int common = differing < 0 ? Math.min(numCached, tokens.length - 1) : differing;
    Decoding state = decoding;
    if (state == null || common < numRead) {
      close();
      boolean[] mask = new boolean[tokens.length];
      Arrays.fill(mask, true);
      state = model.start(new int[][] {tokens}, new boolean[][] {mask}, cached.length);
      decoding = state;
    } else {
      state.undo(numCached - common);
      state.stepAll(Arrays.copyOfRange(tokens, common, tokens.length), 1);
    }
    state.mark();
    System.arraycopy(tokens, 0, cached, 0, tokens.length);
    numCached = tokens.length;
    numRead = numCached;
    return state;
  }

  /** Copies logits to scores of the checking model's tokens; ids without a logit are forbidden. */
  private float[] scores(MemorySegment logits) {
    float[] scores = new float[sequence.vocabSize()];
    int count = Math.min(scores.length, model.vocabSize());
    MemorySegment.copy(logits, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, scores, 0, count);
    Arrays.fill(scores, count, scores.length, Float.NEGATIVE_INFINITY);
    return scores;
  }

  @Override
  public void close() {
    if (decoding != null) {
      decoding.close();
      decoding = null;
    }
    numCached = 0;
    numRead = 0;
  }
}
