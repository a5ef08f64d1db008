package dev.rapt.ngram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class KneserNeyTest {
  private static final double EXACT = 1e-7; // back-off weights are kept in f32

  @Test
  void matchesAnExampleWorkedOutByHand() {
    // a b a c a b; bigrams: ^a 1, ab 2, ba 1, ac 1, ca 1; a follows three tokens, b and c one each.
    // No count occurs often enough for estimates, so the discounts are 0.5, 1 and 1.5.
    KneserNey model = KneserNey.builder(3, 2).addAll(new int[] {0, 1, 0, 2, 0, 1}, -1).build();
    double a = (3 - 1.5) / 5 + 2.5 / 5 / 3;
    double b = (1 - 0.5) / 5 + 2.5 / 5 / 3;
    KneserNey.Scorer scorer = model.scorer();
    double freedAtStart = 0.5;
    assertProbability(scorer.logProbability(0), 0.5 + freedAtStart * a);
    assertProbability(scorer.peek(1), (2 - 1) / 3.0 + 1.5 / 3 * b);
    assertProbability(scorer.peek(2), (1 - 0.5) / 3.0 + 1.5 / 3 * b);
    assertProbability(scorer.peek(0), 1.5 / 3 * a);
    scorer.logProbability(1);
    assertProbability(scorer.peek(0), 0.5 + 0.5 * a);
    assertProbability(scorer.peek(2), 0.5 * b);
  }

  @Test
  void discountsAreEstimatedFromCountsOfCounts() {
    // 6 tokens once, 3 twice, 2 three times, 1 four times, 1 never: Y = 1/2, D = 1/2, 1, 2
    KneserNey.Builder builder = KneserNey.builder(13, 1);
    int[] counts = {1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4};
    for (int token = 0; token < counts.length; token++) {
      for (int i = 0; i < counts[token]; i++) {
        builder.add(token);
      }
    }
    KneserNey.Scorer scorer = builder.build().scorer();
    double uniform = (6 * 0.5 + 3 * 1 + 3 * 2) / 22 / 13;
    assertProbability(scorer.peek(0), 0.5 / 22 + uniform);
    assertProbability(scorer.peek(6), 1.0 / 22 + uniform);
    assertProbability(scorer.peek(9), 1.0 / 22 + uniform);
    assertProbability(scorer.peek(11), 2.0 / 22 + uniform);
    assertProbability(scorer.peek(12), uniform);
  }

  @Test
  void probabilitiesSumToOneInEveryContext() {
    int vocabSize = 60;
    KneserNey model = KneserNey.builder(vocabSize, 5).addAll(skewed(20_000, 1), 0).build();
    SplittableRandom random = new SplittableRandom(2);
    int[] seen = skewed(2_000, 1);
    for (int trial = 0; trial < 200; trial++) {
      KneserNey.Scorer scorer = model.scorer();
      int length = trial % 7; // 0: the beginning of a document
      for (int i = 0; i < length; i++) {
        boolean partlyUnseen = trial % 3 == 0 && i < 2;
        scorer.logProbability(
            partlyUnseen || trial % 3 == 1 ? random.nextInt(vocabSize) : seen[trial * 7 + i]);
      }
      double sum = 0;
      for (int token = 0; token < vocabSize; token++) {
        sum += Math.exp(scorer.peek(token));
      }
      assertThat(sum).isCloseTo(1, within(1e-6));
    }
  }

  @Test
  void agreesWithCountsInMapsOnTrigrams() {
    int[] tokens = skewed(3_000, 3);
    KneserNey model = KneserNey.builder(60, 3).addAll(tokens, -1).build();
    Map<String, Integer> trigrams = new HashMap<>();
    Map<String, Integer> bigrams = new HashMap<>();
    Map<String, Integer> unigrams = new HashMap<>();
    for (int i = 0; i < tokens.length; i++) {
      String c = " " + tokens[i];
      String b = i < 1 ? "^" : " " + tokens[i - 1];
      String a = i < 2 ? "^" : " " + tokens[i - 2];
      boolean newBigram = !bigrams.containsKey(b + c);
      if (i == 0) {
        bigrams.merge(b + c, 1, Integer::sum);
      } else if (trigrams.merge(a + b + c, 1, Integer::sum) == 1) {
        bigrams.merge(b + c, 1, Integer::sum);
      }
      if (newBigram) {
        unigrams.merge(c, 1, Integer::sum);
      }
    }
    double[] d3 = discounts(trigrams);
    double[] d2 = discounts(bigrams);
    double[] d1 = discounts(unigrams);
    KneserNey.Scorer scorer = model.scorer();
    for (int i = 0; i < 500; i++) {
      if (i >= 2) {
        String context = " " + tokens[i - 2] + " " + tokens[i - 1];
        double p =
            level(
                trigrams,
                d3,
                context,
                tokens[i],
                level(
                    bigrams,
                    d2,
                    " " + tokens[i - 1],
                    tokens[i],
                    level(unigrams, d1, "", tokens[i], 1.0 / 60)));
        assertProbability(scorer.peek(tokens[i]), p);
      }
      scorer.logProbability(tokens[i]);
    }
  }

  @Test
  void contextsEndAtDocumentBoundaries() {
    KneserNey.Builder apart = KneserNey.builder(4, 3);
    apart.add(1).add(2).add(0).startDocument().add(3).add(2).add(0);
    KneserNey model = apart.build();
    KneserNey together = KneserNey.builder(4, 3).addAll(new int[] {1, 2, 0, 3, 2, 0}, 0).build();
    int[] heldOut = {1, 2, 0, 3, 2, 0};
    assertThat(model.evaluate(heldOut, 0)).isEqualTo(together.evaluate(heldOut, 0));
    KneserNey.Scorer first = model.scorer();
    KneserNey.Scorer second = model.scorer();
    second.logProbability(1);
    second.startDocument();
    assertThat(first.peek(3)).isEqualTo(second.peek(3));
    assertThat(model.evaluate(heldOut, 0).tokens()).isEqualTo(6);
  }

  @Test
  void longerContextsLowerTheLoss() {
    int[] tokens = new int[30_000];
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < tokens.length; i++) { // every fourth token is the sum of the three before
      tokens[i] =
          i % 4 == 3 ? (tokens[i - 1] + tokens[i - 2] + tokens[i - 3]) % 8 : random.nextInt(8);
    }
    double bigram =
        KneserNey.builder(8, 2).addAll(tokens, -1).build().evaluate(tokens, -1).natsPerToken();
    double fourgram =
        KneserNey.builder(8, 4).addAll(tokens, -1).build().evaluate(tokens, -1).natsPerToken();
    assertThat(bigram).isCloseTo(Math.log(8), within(0.02));
    assertThat(fourgram).isLessThan(bigram - 0.1);
  }

  @Test
  void invalidValuesAreRefused() {
    assertThatThrownBy(() -> KneserNey.builder(5, 2).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("need at least one token");
    assertThatThrownBy(() -> KneserNey.builder(5, 2).add(5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("token: must be in [0, 5), got 5");
    assertThatThrownBy(() -> KneserNey.builder(5, 0)).hasMessageContaining("order from 1 to 16");
  }

  private static double level(
      Map<String, Integer> counts, double[] d, String context, int token, double lower) {
    double total = 0;
    double freed = 0;
    for (Map.Entry<String, Integer> entry : counts.entrySet()) {
      String gram = entry.getKey();
      if (gram.lastIndexOf(' ') == context.length() && gram.startsWith(context)) {
        total += entry.getValue();
        freed += d[Math.min(entry.getValue(), 3)];
      }
    }
    if (total == 0) {
      return lower;
    }
    int count = counts.getOrDefault(context + " " + token, 0);
    return (count - d[Math.min(count, 3)]) / total + freed / total * lower;
  }

  private static double[] discounts(Map<String, Integer> counts) {
    double[] n = new double[5];
    counts.values().stream().filter(c -> c < 5).forEach(c -> n[c]++);
    if (n[1] * n[2] * n[3] == 0) {
      return new double[] {0, 0.5, 1, 1.5};
    }
    double y = n[1] / (n[1] + 2 * n[2]);
    double[] d = {0, 1 - 2 * y * n[2] / n[1], 2 - 3 * y * n[3] / n[2], 3 - 4 * y * n[4] / n[3]};
    return d[1] < 0 || d[2] < 0 || d[3] < 0 ? new double[] {0, 0.5, 1, 1.5} : d;
  }

  private static void assertProbability(double logProbability, double expected) {
    assertThat(Math.exp(logProbability)).isCloseTo(expected, within(EXACT));
  }

  /** Tokens of 60 kinds, some frequent and some rare, each depending a little on the one before. */
  private static int[] skewed(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] tokens = new int[count];
    for (int i = 1; i < count; i++) {
      double u = random.nextDouble();
      tokens[i] = ((int) (60 * u * u * u) + tokens[i - 1] / 4) % 60;
    }
    return tokens;
  }
}
