package dev.rapt.generate;

import java.util.BitSet;

/** Processors that make tokens less or more likely because of what is in the row already. */
@SuppressWarnings("ArrayRecordComponent") // never compared
final class PenaltyProcessors {
  private PenaltyProcessors() {}

  /** Scores of tokens in the row, prompt included: times penalty where negative, else divided. */
  record Repetition(float penalty) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      scale(ids, length, scores, penalty);
    }
  }

  /** The contrary for tokens of the encoder's input: a penalty above 1 makes them more likely. */
  record EncoderRepetition(float penalty, int[] encoderIds) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      scale(encoderIds, encoderIds.length, scores, 1 / penalty);
    }
  }

  private static void scale(int[] ids, int length, float[] scores, float penalty) {
    BitSet seen = new BitSet(scores.length);
    for (int i = 0; i < length; i++) {
      int id = ids[i];
      if (id < scores.length && !seen.get(id)) {
        seen.set(id);
        scores[id] = scores[id] < 0 ? scores[id] * penalty : scores[id] / penalty;
      }
    }
  }

  /**
   * Subtracts from each token that was generated: presence once, frequency as often as it occurs.
   * The prompt does not count.
   */
  record Occurrence(int promptLength, float presence, float frequency) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      BitSet seen = new BitSet(scores.length);
      for (int i = promptLength; i < length; i++) {
        int id = ids[i];
        if (!seen.get(id)) {
          seen.set(id);
          scores[id] -= presence;
        }
        scores[id] -= frequency;
      }
    }
  }

  /**
   * From {@code start} tokens on, adds |score| * (factor^(tokens beyond) - 1) to the end tokens.
   */
  record ExponentialDecay(int start, double factor, int[] eosIds) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      if (length > start) {
        float gain = (float) (Math.pow(factor, length - start) - 1);
        for (int eos : eosIds) {
          if (Float.isInfinite(scores[eos])) {
            continue; // forbidden, and infinity less infinity is no number
          }
          scores[eos] += Math.abs(scores[eos]) * gain;
        }
      }
    }
  }
}
