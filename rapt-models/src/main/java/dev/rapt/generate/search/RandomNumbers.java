package dev.rapt.generate.search;

import java.util.ArrayDeque;
import java.util.SplittableRandom;

/** The random numbers of a sequence, one for each new token; those of later tokens can be seen. */
final class RandomNumbers {
  private final SplittableRandom source;
  private final ArrayDeque<Double> drawn = new ArrayDeque<>();

  RandomNumbers(SplittableRandom source) {
    this.source = source;
  }

  /** Takes the number of the next token, from 0 to 1, exclusive. */
  double take() {
    Double first = drawn.poll();
    return first == null ? source.nextDouble() : first;
  }

  /** Returns the number of a later token; that of the next token for 0. */
  double ahead(int count) {
    while (drawn.size() <= count) {
      drawn.add(source.nextDouble());
    }
    return drawn.stream().skip(count).findFirst().orElseThrow();
  }
}
