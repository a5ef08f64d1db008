package dev.rapt.eval.judge;

import dev.rapt.eval.figure.Bootstrap;
import dev.rapt.eval.figure.Figure;
import dev.rapt.eval.figure.Interval;
import dev.rapt.metrics.Agreement;
import dev.rapt.train.example.Example;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Figures of the judgements of some pairs.
 *
 * @param counts number of pairs by verdict
 * @param winRate share of the pairs that the second answer wins; ties count half
 * @param interval its 95% interval over the pairs
 * @param consistency share of the pairs with the same verdict in both orders
 * @param shownFirst share of the answer shown first among the verdicts of one order that are no
 *     ties: 0.5 without a bias for a position; NaN if all are ties
 * @param raters agreement of the judge with each other rater
 * @param fleiss Fleiss' kappa of the judge and all other raters; NaN without others, or if a rating
 *     is missing or all are equal
 * @param alpha Krippendorff's alpha of the judge and all other raters; NaN without others, or if
 *     all ratings are equal
 */
public record JudgeReport(
    Map<Verdict, Integer> counts,
    double winRate,
    Interval interval,
    double consistency,
    double shownFirst,
    Map<String, RaterAgreement> raters,
    double fleiss,
    double alpha) {

  /**
   * Agreement of two raters.
   *
   * @param pairs number of pairs that both rated
   * @param agreement share of them on which they agree
   * @param kappa Cohen's kappa; NaN if both give all of them the same rating
   */
  public record RaterAgreement(int pairs, double agreement, double kappa) {}

  /**
   * Summarises judgements.
   *
   * @param raters columns of the pairs that hold the ratings of others; empty cells are missing
   *     ratings
   * @throws dev.rapt.train.example.ExampleException if a rating is none of first, second and tie
   * @throws IllegalArgumentException if there are no judgements
   */
  public static JudgeReport of(
      List<Judgement> judgements, List<String> raters, Bootstrap bootstrap) {
    if (judgements.isEmpty()) {
      throw new IllegalArgumentException("pairs: must be at least 1, got none");
    }
    Map<Verdict, Integer> counts = new LinkedHashMap<>();
    for (Verdict verdict : Verdict.values()) {
      counts.put(verdict, 0);
    }
    judgements.forEach(judgement -> counts.merge(judgement.verdict(), 1, Integer::sum));
    Figure wins =
        Figure.mean(
            "win_rate",
            true,
            judgements.stream().mapToDouble(judgement -> points(judgement.verdict())).toArray());
    Map<String, List<@Nullable String>> ratings = new LinkedHashMap<>();
    raters.forEach(rater -> ratings.put(rater, ratings(judgements, rater)));
    return new JudgeReport(
        counts,
        wins.value(),
        bootstrap.interval(wins.aggregation(), wins.rows()),
        mean(judgements, judgement -> judgement.isConsistent() ? 1 : 0),
        shownFirst(judgements),
        agreements(judgements, ratings),
        fleiss(items(judgements, ratings)),
        alpha(items(judgements, ratings)));
  }

  private static double points(Verdict verdict) {
    return switch (verdict) {
      case FIRST -> 0;
      case SECOND -> 1;
      case TIE -> 0.5;
    };
  }

  private static double mean(List<Judgement> judgements, ToDoubleFunction<Judgement> value) {
    return judgements.stream().mapToDouble(value).average().orElseThrow();
  }

  private static double shownFirst(List<Judgement> judgements) {
    int shownFirst = 0;
    int all = 0;
    for (Judgement judgement : judgements) {
      Verdict given = judgement.asGiven().verdict();
      Verdict swapped = judgement.swapped().verdict();
      shownFirst += (given == Verdict.FIRST ? 1 : 0) + (swapped == Verdict.SECOND ? 1 : 0);
      all += (given == Verdict.TIE ? 0 : 1) + (swapped == Verdict.TIE ? 0 : 1);
    }
    return (double) shownFirst / all;
  }

  private static List<@Nullable String> ratings(List<Judgement> judgements, String rater) {
    List<@Nullable String> ratings = new ArrayList<>();
    for (Judgement judgement : judgements) {
      Example example = judgement.pair().example();
      String word = example.has(rater) ? example.text(rater) : "";
      ratings.add(
          word.isBlank()
              ? null
              : Verdict.of(word)
                  .orElseThrow(() ->
                      example.error(
                          "\"%s\" must be first, second or tie (or model_a, model_b), got \"%s\""
                              .formatted(rater, word)))
                  .key());
    }
    return ratings;
  }

  private static Map<String, RaterAgreement> agreements(
      List<Judgement> judgements, Map<String, List<@Nullable String>> ratings) {
    Map<String, RaterAgreement> agreements = new LinkedHashMap<>();
    ratings.forEach((rater, given) -> {
      List<String> ours = new ArrayList<>();
      List<String> theirs = new ArrayList<>();
      int agreed = 0;
      for (int i = 0; i < judgements.size(); i++) {
        String rating = given.get(i);
        if (rating != null) {
          ours.add(judgements.get(i).verdict().key());
          theirs.add(rating);
          agreed += ours.getLast().equals(rating) ? 1 : 0;
        }
      }
      int pairs = ours.size();
      agreements.put(
          rater,
          new RaterAgreement(
              pairs,
              (double) agreed / pairs,
              pairs == 0 ? Double.NaN : Agreement.cohenKappa(ours, theirs)));
    });
    return agreements;
  }

  /** Returns for each pair the verdict of the judge and then the ratings; null where missing. */
  private static List<List<@Nullable String>> items(
      List<Judgement> judgements, Map<String, List<@Nullable String>> ratings) {
    List<List<@Nullable String>> items = new ArrayList<>();
    for (int i = 0; i < judgements.size(); i++) {
      List<@Nullable String> item = new ArrayList<>();
      item.add(judgements.get(i).verdict().key());
      for (List<@Nullable String> given : ratings.values()) {
        item.add(given.get(i));
      }
      items.add(item);
    }
    return items;
  }

  private static double fleiss(List<List<@Nullable String>> items) {
    if (items.getFirst().size() < 2
        || items.stream().anyMatch(item -> item.stream().anyMatch(Objects::isNull))) {
      return Double.NaN;
    }
    Verdict[] verdicts = Verdict.values();
    int[][] counts = new int[items.size()][verdicts.length];
    for (int i = 0; i < counts.length; i++) {
      for (int v = 0; v < verdicts.length; v++) {
        counts[i][v] = Collections.frequency(items.get(i), verdicts[v].key());
      }
    }
    return Agreement.fleissKappa(counts);
  }

  private static double alpha(List<List<@Nullable String>> items) {
    boolean hasTwo =
        items.stream().anyMatch(item -> item.stream().filter(Objects::nonNull).count() > 1);
    return hasTwo ? Agreement.krippendorffAlpha(items) : Double.NaN;
  }
}
