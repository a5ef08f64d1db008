package dev.rapt.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Values of sacreBLEU 2.6.0, torchmetrics 1.9.0 (calibration), scikit-learn (Cohen), statsmodels
 * 0.15.0 (Fleiss) and NLTK 3.10.3 (Krippendorff).
 */
class ReferenceMetricsTest {
  /** Sums in another order. */
  private static final double TOLERANCE = 1e-9;

  private static final List<String> FOUND =
      List.of(
          "The cat sat on the mat.",
          "It's raining (again), isn't it?",
          "Grüße aus Köln! 100% sure.",
          "a",
          "Completely different words here");
  private static final List<String> WANTED =
      List.of(
          "The cat is on the mat.",
          "It is raining again, isn't it?",
          "Viele Grüße aus Köln! I'm 100% sure.",
          "b",
          "Nothing in common at all, really");
  private static final List<String> ALSO_WANTED =
      List.of(
          "There is a cat on the mat.",
          "Rain (again), right?",
          "Greetings from Cologne, 100% sure.",
          "a b",
          "Other words here");

  private static Chrf score(Chrf chrf, boolean two) {
    for (int i = 0; i < FOUND.size(); i++) {
      chrf.add(
          FOUND.get(i), two ? List.of(WANTED.get(i), ALSO_WANTED.get(i)) : List.of(WANTED.get(i)));
    }
    return chrf;
  }

  @Test
  void chrfIsThatOfSacreBleu() {
    Chrf one = score(Chrf.characters(false), false);
    assertThat(one.score()).isCloseTo(49.571588568461614, within(TOLERANCE));
    assertThat(one.signature())
        .isEqualTo("nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0");
    assertThat(score(Chrf.characters(false), true).score())
        .isCloseTo(61.94211596878005, within(TOLERANCE));
  }

  @Test
  void chrfWithWordsIsThatOfSacreBleu() {
    assertThat(score(Chrf.withWords(false), false).score())
        .isCloseTo(50.7568052525736, within(TOLERANCE));
    Chrf two = score(Chrf.withWords(true), true);
    assertThat(two.score()).isCloseTo(63.21986417521636, within(TOLERANCE));
    assertThat(two.signature())
        .isEqualTo("nrefs:2|case:lc|eff:yes|nc:6|nw:2|space:no|version:2.6.0");
  }

  @Test
  void bleuHasTheSignatureOfSacreBleu() {
    Bleu bleu = new Bleu();
    double[] sums = new double[10];
    for (int i = 0; i < FOUND.size(); i++) {
      bleu.add(FOUND.get(i), List.of(WANTED.get(i)));
      double[] counts = bleu.counts(FOUND.get(i), List.of(WANTED.get(i)));
      Arrays.setAll(sums, j -> sums[j] + counts[j]);
    }
    assertThat(bleu.score()).isCloseTo(38.29907984361461, within(TOLERANCE));
    assertThat(Bleu.score(sums)).isEqualTo(bleu.score());
    assertThat(bleu.signature())
        .isEqualTo("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0");
    assertThat(new Bleu(Bleu.Tokenization.CHARACTERS, true).signature())
        .isEqualTo("nrefs:1|case:lc|eff:no|tok:char|smooth:exp|version:2.6.0");
  }

  @Test
  void calibrationErrorIsThatOfTorchMetrics() {
    double[] confidence = {0.95, 0.9, 0.72, 0.61, 0.55, 0.33, 0.2, 0.999, 0.07, 1.0};
    int[] right = {1, 1, 0, 1, 0, 0, 1, 1, 0, 1};
    double[] sums = new double[3 * CalibrationError.BINS];
    for (int i = 0; i < right.length; i++) {
      double[] row = CalibrationError.row(confidence[i], right[i] == 1);
      Arrays.setAll(sums, j -> sums[j] + row[j]);
    }
    assertThat(CalibrationError.value(sums)).isCloseTo(0.3011, within(1e-4));
    assertThatThrownBy(() -> CalibrationError.row(1.5, true)).hasMessageContaining("got 1.5");
  }

  @Test
  void passAtKIsTheShareOfDrawsWithAPassingSample() {
    assertThat(PassAtK.estimate(5, 2, 1)).isCloseTo(0.4, within(TOLERANCE));
    assertThat(PassAtK.estimate(5, 2, 2)).isCloseTo(1 - 3.0 / 10, within(TOLERANCE));
    assertThat(PassAtK.estimate(10, 3, 5)).isCloseTo(1 - 21.0 / 252, within(TOLERANCE));
    assertThat(PassAtK.estimate(5, 4, 2)).isEqualTo(1);
    assertThat(PassAtK.estimate(5, 0, 5)).isZero();
    assertThatThrownBy(() -> PassAtK.estimate(2, 1, 3)).hasMessageContaining("k = 3");
  }

  private static List<String> letters(String text) {
    return Stream.of(text.split("")).toList();
  }

  @Test
  void cohensKappaIsThatOfScikitLearn() {
    assertThat(Agreement.cohenKappa(letters("aabbcabcab"), letters("abbbcacaab")))
        .isCloseTo(0.53125, within(TOLERANCE));
    assertThatThrownBy(() -> Agreement.cohenKappa(letters("ab"), letters("a")))
        .hasMessageContaining("got 2 and 1");
  }

  @Test
  void fleissKappaIsThatOfStatsmodels() {
    int[][] counts = {
      {0, 0, 0, 0, 14}, {0, 2, 6, 4, 2}, {0, 0, 3, 5, 6}, {0, 3, 9, 2, 0}, {2, 2, 8, 1, 1},
      {7, 7, 0, 0, 0}, {3, 2, 6, 3, 0}, {2, 5, 3, 2, 2}, {6, 5, 2, 1, 0}, {0, 2, 2, 3, 7}
    };
    assertThat(Agreement.fleissKappa(counts)).isCloseTo(0.20993070442195522, within(TOLERANCE));
    assertThatThrownBy(() -> Agreement.fleissKappa(new int[][] {{1, 1}, {1, 2}}))
        .hasMessageContaining("got 3 and 2 raters");
  }

  @Test
  void krippendorffsAlphaIsThatOfNltk() {
    List<List<@Nullable String>> ratings = new ArrayList<>();
    for (String item : List.of("aab", "bbb", "ca-", "ccc", "b--", "abc", "aaa")) {
      List<@Nullable String> labels = new ArrayList<>();
      letters(item).forEach(letter -> labels.add(letter.equals("-") ? null : letter));
      ratings.add(labels);
    }
    assertThat(Agreement.krippendorffAlpha(ratings))
        .isCloseTo(0.41052631578947363, within(TOLERANCE));
  }
}
