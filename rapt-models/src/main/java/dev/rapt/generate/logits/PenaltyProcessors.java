package dev.rapt.generate.logits;

import java.util.BitSet;

/** Processors that change the scores of tokens that already occur in the row. */
@SuppressWarnings("ArrayRecordComponent") // never compared
final class PenaltyProcessors {
  private PenaltyProcessors() {}

  /** Penalises tokens that already occur: divides positive scores, multiplies negative ones. */
  record Repetition(float penalty) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      scale(ids, length, scores, penalty);
    }
  }

  /** Favours tokens of the encoder's input if the penalty is above 1. */
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
   * Penalises tokens that were generated: subtracts presence once and frequency once per earlier
   * occurrence. Ignores the prompt.
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

  /** After {@code start} tokens, adds |score| * (factor^(tokens since) - 1) to the end tokens. */
  record ExponentialDecay(int start, double factor, int[] eosIds) implements LogitsProcessor {
    @Override
    public void process(int[] ids, int length, float[] scores) {
      if (length > start) {
        float gain = (float) (Math.pow(factor, length - start) - 1);
        for (int eos : eosIds) {
          if (Float.isInfinite(scores[eos])) {
            continue; // forbidden; infinity minus infinity would be NaN
          }
          scores[eos] += Math.abs(scores[eos]) * gain;
        }
      }
    }
  }
}
