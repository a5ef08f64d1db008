package dev.rapt.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.metrics.Bleu.Tokenization;
import dev.rapt.metrics.Confusion.ClassScore;
import dev.rapt.metrics.EntityScore.Counts;
import dev.rapt.metrics.EntityScore.Entity;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetricsTest {
  private static final Offset<Double> ROUNDING = within(1e-9);

  /** Recorded from scikit-learn 1.9.1; class 3 is predicted but has no example. */
  @Test
  void confusionGivesTheScoresOfScikitLearn() {
    Confusion confusion = new Confusion(List.of("a", "b", "c", "d"));
    String references = "201000112112120001202122220121";
    String predictions = "201000112102120001032120321100";
    for (int i = 0; i < references.length(); i++) {
      confusion.add(references.charAt(i) - '0', predictions.charAt(i) - '0');
    }
    assertThat(confusion.total()).isEqualTo(30);
    assertThat(confusion.accuracy()).isCloseTo(0.7333333333333333, ROUNDING);
    assertThat(confusion.macroF1()).isCloseTo(0.5716374269005847, ROUNDING);
    assertThat(confusion.matthews()).isCloseTo(0.6312697012004295, ROUNDING);
    assertThat(confusion.score(0)).isEqualTo(new ClassScore(7 / 12.0, 7 / 9.0, 14 / 21.0, 9));
    assertThat(confusion.score(2)).isEqualTo(new ClassScore(1, 7 / 11.0, 14 / 18.0, 11));
    assertThat(confusion.score(3)).isEqualTo(new ClassScore(0, 0, 0, 0));
  }

  @Test
  void constantPredictionsHaveNoMatthewsCorrelation() {
    Confusion confusion = new Confusion(List.of("no", "yes"));
    confusion.add(0, 1);
    confusion.add(1, 1);
    assertThat(confusion.matthews()).isZero();
    assertThat(confusion.accuracy()).isEqualTo(0.5);
  }

  /** Recorded from SciPy 1.17.1. */
  @Test
  void correlationsAreThoseOfScipy() {
    double[] a = {1.5, 2, 2, 3.25, -1, 0.5, 7, 2};
    double[] b = {0.1, 0.4, 0.2, 0.9, 0.2, -0.3, 0.8, 0.2};
    assertThat(Correlation.pearson(a, b)).isCloseTo(0.7195316834358639, ROUNDING);
    assertThat(Correlation.spearman(a, b)).isCloseTo(0.8, ROUNDING);
    assertThat(Correlation.pearson(a, new double[a.length])).isNaN();
  }

  /** The example in the documentation of seqeval. */
  @Test
  void entitiesCountOnlyWithTypeAndBothEnds() {
    EntityScore score = new EntityScore();
    score.add(
        List.of("O", "O", "O", "B-MISC", "I-MISC", "I-MISC", "O"),
        List.of("O", "O", "B-MISC", "I-MISC", "I-MISC", "I-MISC", "O"));
    score.add(List.of("B-PER", "I-PER", "O"), List.of("B-PER", "I-PER", "O"));
    assertThat(score.total().precision()).isEqualTo(0.5);
    assertThat(score.total().recall()).isEqualTo(0.5);
    assertThat(score.total().f1()).isEqualTo(0.5);
    assertThat(score.byType())
        .isEqualTo(Map.of("MISC", new Counts(0, 1, 1), "PER", new Counts(1, 1, 1)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "B-A I-A O|A 0 2",
        "I-A I-A I-B|A 0 2,B 2 3", // IOB1: no B without a neighbour of the type
        "B-A B-A|A 0 1,A 1 2",
        "S-A B-A E-A O|A 0 1,A 1 3", // IOBES
        "I-A E-A I-A|A 0 2,A 2 3",
        "B-A-B I-A-B|A-B 0 2",
        "O O|",
      })
  void entitiesAreReadFromEachScheme(String tags, String expected) {
    String found =
        EntityScore.entities(List.of(tags.split(" "))).stream()
            .map((Entity entity) -> entity.type() + " " + entity.from() + " " + entity.to())
            .reduce((a, b) -> a + "," + b)
            .orElse(null);
    assertThat(found).isEqualTo(expected);
  }

  /** Recorded from scikit-learn 1.9.1; the last label has no example. */
  @Test
  void setsOfLabelsGetTheScoresOfScikitLearn() {
    String[] references = {"1000", "1100", "0000", "0110", "1010"};
    String[] predictions = {"1000", "1000", "0100", "0110", "0011"};
    LabelSetScore score = new LabelSetScore(List.of("a", "b", "c", "d"));
    for (int i = 0; i < references.length; i++) {
      score.add(bits(references[i]), bits(predictions[i]));
    }
    assertThat(score.microF1()).isCloseTo(0.7142857142857143, ROUNDING);
    assertThat(score.macroF1()).isCloseTo(0.575, ROUNDING);
    assertThat(score.exactMatch()).isEqualTo(0.4);
    assertThat(score.score(0)).isEqualTo(new ClassScore(1, 2 / 3.0, 0.8, 3));
    assertThat(score.score(3)).isEqualTo(new ClassScore(0, 0, 0, 0));
  }

  private static boolean[] bits(String text) {
    boolean[] bits = new boolean[text.length()];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = text.charAt(i) == '1';
    }
    return bits;
  }

  /** Recorded from scikit-learn 1.9.1; some scores are equal. */
  @Test
  void rankingsGetTheScoresOfScikitLearn() {
    double[] scores = {.9, .8, .8, .3, .2, .2, .1, .05};
    boolean[] relevant = bits("01010100");
    double[] gains = {0, 1, 0, .5, 0, 1, 0, .25};
    assertThat(RankingScore.averagePrecision(scores, relevant))
        .isCloseTo(0.4444444444444445, ROUNDING);
    assertThat(RankingScore.ndcg(scores, gains, 4)).isCloseTo(0.39263984232096416, ROUNDING);
    assertThat(RankingScore.ndcg(scores, gains, 10)).isCloseTo(0.619129064422414, ROUNDING);
  }

  @Test
  void theReciprocalRankIsThatOfTheBestRelevantDocumentBehindItsTies() {
    double[] scores = {.9, .8, .8, .3};
    assertThat(RankingScore.reciprocalRank(scores, bits("0101"), 10)).isEqualTo(1 / 3.0);
    assertThat(RankingScore.reciprocalRank(scores, bits("0001"), 3)).isZero();
    assertThat(RankingScore.reciprocalRank(scores, bits("0000"), 3)).isZero();
  }

  @Test
  void answersAreComparedWithoutCasePunctuationAndArticles() {
    AnswerScore score = new AnswerScore();
    score.add("The Eiffel-Tower!", List.of("eiffeltower", "a tower"));
    score.add("the cat sat", List.of("a cat sat down"));
    score.add("", List.of());
    score.add("something", List.of());
    assertThat(score.exactMatch()).isEqualTo(0.5);
    assertThat(score.f1()).isCloseTo((1 + 0.8 + 1 + 0) / 4, ROUNDING);
  }

  /** Recorded from sacreBLEU 2.6.0. */
  @ParameterizedTest
  @CsvSource({
    "V13A, false, 56.81940692972637, 52.6664461186405",
    "V13A, true, 56.81940692972637, 52.6664461186405",
    "CHARACTERS, false, 75.59658485390447, 60.97173203872456",
    "CHARACTERS, true, 75.41420334479447, 60.97173203872456",
    "NONE, false, 33.59456537382428, 27.968424579665367"
  })
  void bleuIsThatOfSacrebleu(
      Tokenization tokenization, boolean lowercase, double ofBoth, double ofOne) {
    List<String> translations =
        List.of(
            "The dog bit the man.",
            "It wasn't surprising.",
            "The man had just bitten him; cost: 3,000-4,000 &amp; more",
            "ein Mädchen läuft - schnell",
            "I said \"no\".");
    List<String> first =
        List.of(
            "The dog bit the man.",
            "It was not unexpected.",
            "The man bit him first; cost: 3,000-5,000 & more!",
            "ein Mädchen rennt schnell",
            "I said \"no\" .");
    List<String> second =
        List.of(
            "The dog had bit the man.",
            "No one was surprised.",
            "The man had bitten the dog.",
            "das Mädchen läuft schnell",
            "I told him no.");
    Bleu both = new Bleu(tokenization, lowercase), one = new Bleu(tokenization, lowercase);
    for (int i = 0; i < translations.size(); i++) {
      both.add(translations.get(i), List.of(first.get(i), second.get(i)));
      one.add(translations.get(i), List.of(first.get(i)));
    }
    assertThat(both.score()).isCloseTo(ofBoth, ROUNDING);
    assertThat(one.score()).isCloseTo(ofOne, ROUNDING);
  }

  /** Recorded from sacreBLEU 2.6.0. */
  @Test
  void bleuSmoothsOrdersWithoutMatchAndIsZeroForShortTexts() {
    Bleu smoothed = new Bleu();
    smoothed.add("a b c d e", List.of("a x c y e f g"));
    assertThat(smoothed.score()).isCloseTo(9.423716574733431, ROUNDING);
    Bleu brief = new Bleu();
    brief.add("a b", List.of("a b"));
    assertThat(brief.score()).isZero();
  }

  /** The example in the documentation of rouge_score. */
  @Test
  void rougeIsThatOfRougeScore() {
    Rouge rouge = new Rouge();
    rouge.add(
        "The quick brown dog jumps on the log.", "The quick brown fox jumps over the lazy dog");
    assertThat(rouge.rouge1()).isCloseTo(12 / 17.0, ROUNDING);
    assertThat(rouge.rouge2()).isCloseTo(4 / 15.0, ROUNDING);
    assertThat(rouge.rougeL()).isCloseTo(10 / 17.0, ROUNDING);
  }

  /** The example in section 3.2 of Lin's paper: w1, w2, w3 and w5 are found. */
  @Test
  void rougeOfSentencesTakesTheUnionOfSubsequences() {
    Rouge rouge = new Rouge();
    rouge.add("w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", "w1 w2 w3 w4 w5");
    assertThat(rouge.rougeLsum()).isCloseTo(8 / 15.0, ROUNDING);
  }
}
