package dev.rapt.train.objective;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.Ops;
import dev.rapt.model.MaskedLm;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.noise.Denoising;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Tokens that a generator puts in the places of masked ones, drawn from its softmax.
 *
 * @param tokens (B, T) the text with them in it
 * @param replaced (B, T) 1 where the drawn token differs from the one that was masked, else 0
 * @param rightGuesses number of masked tokens that have the highest probability
 */
@SuppressWarnings("ArrayRecordComponent") // plain data, never compared
record GeneratorSamples(int[] tokens, int[] replaced, int rightGuesses) {
  /** Rows of logits that exist at a time. */
  private static final int CHUNK = 128;

  /**
   * Draws a token for each masked one. Gradients do not flow through it.
   *
   * @param hidden hidden states of the generator (B, T, D)
   * @param masked (B, T) the text that the generator read
   * @param targets (B, T) the masked tokens, and -100 elsewhere
   * @param uniform (B, T) a number in [0, 1) for each masked token
   */
  static GeneratorSamples draw(
      MaskedLm generator, Tensor hidden, int[] masked, int[] targets, double[] uniform) {
    int[] places =
        IntStream.range(0, targets.length).filter(i -> targets[i] != Denoising.IGNORED).toArray();
    int[] tokens = masked.clone();
    int[] replaced = new int[masked.length];
    int right = 0;
    for (int from = 0; from < places.length; from += CHUNK) {
      int[] rows = Arrays.copyOfRange(places, from, Math.min(places.length, from + CHUNK));
      try (Scope scope = hidden.scope().child()) {
        Tensor untracked = scope.alias(hidden).reshape(-1, hidden.lastDim());
        Tensor states = Ops.embedding(untracked, scope.ints(rows, rows.length)); // (n, D)
        Tensor logits = Casts.toFloat(scope, generator.logits(states)); // (n, V)
        float[] probabilities = Ops.softmax(logits).toFloats();
        int V = Math.toIntExact(logits.lastDim());
        for (int i = 0; i < rows.length; i++) {
          int at = rows[i];
          tokens[at] = drawn(probabilities, i * V, V, uniform[at]);
          replaced[at] = tokens[at] == targets[at] ? 0 : 1;
          right += likeliest(probabilities, i * V, V) == targets[at] ? 1 : 0;
        }
      }
    }
    return new GeneratorSamples(tokens, replaced, right);
  }

  /** Returns the first token whose cumulative probability is above a uniform number. */
  private static int drawn(float[] probabilities, int from, int count, double uniform) {
    double sum = 0;
    int last = 0; // where rounding leaves the whole sum below the number
    for (int v = 0; v < count; v++) {
      float p = probabilities[from + v];
      if (p > 0) {
        sum += p;
        last = v;
        if (sum > uniform) {
          return v;
        }
      }
    }
    return last;
  }

  private static int likeliest(float[] probabilities, int from, int count) {
    int best = 0;
    for (int v = 1; v < count; v++) {
      best = probabilities[from + v] > probabilities[from + best] ? v : best;
    }
    return best;
  }
}
