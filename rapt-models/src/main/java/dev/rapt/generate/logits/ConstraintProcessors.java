package dev.rapt.generate.logits;

import dev.rapt.generate.options.SequenceBias;
import java.util.Arrays;
import java.util.List;

/** Processors that forbid or force tokens. */
@SuppressWarnings("ArrayRecordComponent") // never compared
final class ConstraintProcessors {
  private static final float FORBIDDEN = Float.NEGATIVE_INFINITY;

  private ConstraintProcessors() {}

  private static void forbid(int[] tokens, float[] scores) {
    for (int token : tokens) {
      if (token < scores.length) {
        scores[token] = FORBIDDEN;
      }
    }
  }

  private static void force(int[] tokens, float[] scores) {
    Arrays.fill(scores, FORBIDDEN);
    for (int token : tokens) {
      scores[token] = 0;
    }
  }

  /** Forbids end tokens until the row has minLength ids, prompt included. */
  record MinLength(int minLength, int[] eosIds) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      if (length < minLength) {
        forbid(eosIds, scores);
      }
    }
  }

  /** Forbids some tokens. */
  record Suppress(int[] tokens) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      forbid(tokens, scores);
    }
  }

  /** Forbids some tokens at one position, where the row has beginIndex ids. */
  record SuppressAtBegin(int[] tokens, int beginIndex) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      if (length == beginIndex) {
        forbid(tokens, scores);
      }
    }
  }

  /** Forces one of these tokens where the row has atLength ids. */
  record Force(int[] tokens, int atLength) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      if (length == atLength) {
        force(tokens, scores);
      }
    }
  }

  /** Forbids repeated n-grams in the row, prompt included. */
  record NoRepeatNgram(int size) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      forbidRepeats(new Ngram(ids, length, size), ids, length, scores);
    }
  }

  /** Forbids n-grams of the encoder's input. */
  record EncoderNoRepeatNgram(int size, int[] encoderIds) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      forbidRepeats(new Ngram(ids, length, size), encoderIds, encoderIds.length, scores);
    }
  }

  /**
   * Forbids tokens that would complete an n-gram of {@code from} after the last n - 1 ids of the row.
   */
  private static void forbidRepeats(Ngram row, int[] from, int fromLength, float[] scores) {
    for (int i = 0; i + row.size <= fromLength; i++) {
      int last = from[i + row.size - 1];
      if (last < scores.length && row.isAt(from, i)) {
        scores[last] = FORBIDDEN;
      }
    }
  }

  /** The last size - 1 ids of a row, which begin an n-gram of this size. */
  private record Ngram(int[] ids, int length, int size) {
    boolean isAt(int[] from, int i) {
      int prefix = length + 1 - size;
      return prefix >= 0 && Arrays.equals(from, i, i + size - 1, ids, prefix, length);
    }
  }

  /** Adds a bias to the score of a token that would complete one of these sequences. */
  static final class SequenceBiases implements LogitsProcessor {
    private final int[][] tokens;
    private final float[] biases;

    SequenceBiases(List<SequenceBias> all) {
      tokens = new int[all.size()][];
      biases = new float[all.size()];
      for (int i = 0; i < biases.length; i++) {
        tokens[i] = all.get(i).tokens().stream().mapToInt(Integer::intValue).toArray();
        biases[i] = all.get(i).bias();
      }
    }

    @Override
    public void process(int[] ids, int length, float[] scores) {
      for (int i = 0; i < biases.length; i++) {
        int prefix = tokens[i].length - 1;
        int last = tokens[i][prefix];
        if (last >= scores.length) {
          throw new IllegalArgumentException(
              "sequence bias: token ids must be below %d, got %d".formatted(scores.length, last));
        }
        if (prefix <= length && Arrays.equals(tokens[i], 0, prefix, ids, length - prefix, length)) {
          scores[last] += biases[i];
        }
      }
    }
  }

  /** Replaces NaN by 0 and infinities by the largest finite numbers. */
  record RemoveInvalid() implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      for (int i = 0; i < scores.length; i++) {
        float score = scores[i];
        scores[i] = Float.isNaN(score) ? 0 : Math.clamp(score, -Float.MAX_VALUE, Float.MAX_VALUE);
      }
    }
  }
}
