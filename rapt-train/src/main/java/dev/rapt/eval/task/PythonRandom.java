package dev.rapt.eval.task;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.stream.IntStream;

/**
 * Python's {@code random.Random}, for the same draws of examples as lm-evaluation-harness: the
 * Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998) and {@code sample} of CPython 3.11.
 */
final class PythonRandom {
  private static final int N = 624;
  private static final int M = 397;

  private final int[] state = new int[N];
  private int index = N;

  /**
   * Creates a generator.
   *
   * @param seed at least 0
   */
  PythonRandom(long seed) {
    int high = (int) (seed >>> 32);
    int[] key = high == 0 ? new int[] {(int) seed} : new int[] {(int) seed, high};
    seed(19650218);
    int i = 1, j = 0;
    for (int k = Math.max(N, key.length); k > 0; k--) {
      state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >>> 30)) * 1664525)) + key[j] + j;
      i = step(i);
      j = (j + 1) % key.length;
    }
    for (int k = N - 1; k > 0; k--) {
      state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >>> 30)) * 1566083941)) - i;
      i = step(i);
    }
    state[0] = 0x80000000;
  }

  private int step(int i) {
    if (i + 1 < N) {
      return i + 1;
    }
    state[0] = state[N - 1];
    return 1;
  }

  private void seed(int seed) {
    state[0] = seed;
    for (int i = 1; i < N; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
  }

  private int next() {
    if (index == N) {
      for (int i = 0; i < N; i++) {
        int y = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7fffffff);
        state[i] = state[(i + M) % N] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
      }
      index = 0;
    }
    int y = state[index++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return y ^ (y >>> 18);
  }

  /** Returns a number below the bound, {@code _randbelow}. */
  private int below(int bound) {
    int bits = 32 - Integer.numberOfLeadingZeros(bound);
    int drawn = next() >>> (32 - bits);
    while (drawn >= bound) {
      drawn = next() >>> (32 - bits);
    }
    return drawn;
  }

  /**
   * Draws distinct numbers, in random order.
   *
   * @param size they are from 0 to size - 1
   * @param count at most size
   */
  List<Integer> sample(int size, int count) {
    int setSize = 21;
    if (count > 5) {
      setSize += (int) Math.pow(4, Math.ceil(Math.log(count * 3.0) / Math.log(4)));
    }
    if (size <= setSize) {
      List<Integer> result = new ArrayList<>();
      int[] pool = IntStream.range(0, size).toArray();
      for (int i = 0; i < count; i++) {
        int j = below(size - i);
        result.add(pool[j]);
        pool[j] = pool[size - i - 1];
      }
      return result;
    }
    SequencedSet<Integer> chosen = new LinkedHashSet<>();
    while (chosen.size() < count) {
      chosen.add(below(size));
    }
    return List.copyOf(chosen);
  }
}
