package dev.rapt.train.task.sequence;

import dev.rapt.autograd.loss.Losses;
import dev.rapt.metrics.LabelSetScore;
import dev.rapt.model.Labels;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.task.ScoreTable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Any number of labels for each text, learnt by binary cross entropy.
 *
 * @param positiveWeights weight of the positive targets of each label; null for 1
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record SeveralLabels(Labels labels, float @Nullable [] positiveWeights)
    implements TextProblem<boolean[]> {
  /**
   * Returns weights by which positive and negative targets of each label count alike: negative /
   * positive; 1 for labels without examples.
   */
  static float[] balanced(List<boolean[]> targets, int count) {
    float[] weights = new float[count];
    for (int k = 0; k < count; k++) {
      int label = k;
      long positive = targets.stream().filter(target -> target[label]).count();
      weights[k] = positive == 0 ? 1 : (float) (targets.size() - positive) / positive;
    }
    return weights;
  }

  @Override
  public Tensor loss(Tensor logits, List<boolean[]> targets, double denominator) {
    int K = labels.count();
    float[] values = new float[targets.size() * K];
    for (int i = 0; i < values.length; i++) {
      values[i] = targets.get(i / K)[i % K] ? 1 : 0;
    }
    Tensor wanted = logits.scope().floats(values, targets.size(), K);
    return Losses.binaryCrossEntropy(logits, wanted, positiveWeights, denominator * K);
  }

  @Override
  public Scores measure(List<boolean[]> targets, List<float[]> logits) {
    LabelSetScore score = new LabelSetScore(labels.names());
    for (int i = 0; i < targets.size(); i++) {
      boolean[] predicted = new boolean[labels.count()];
      for (int k = 0; k < predicted.length; k++) {
        predicted[k] = logits.get(i)[k] >= 0; // a probability of at least 0.5
      }
      score.add(targets.get(i), predicted);
    }
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("micro_f1", score.microF1());
    metrics.put("macro_f1", score.macroF1());
    metrics.put("exact_match", score.exactMatch());
    List<ScoreTable.Line> lines =
        IntStream.range(0, labels.count())
            .mapToObj(k -> ScoreTable.Line.of(labels.names().get(k), score.score(k)))
            .toList();
    return new Scores(
        metrics,
        "micro_f1",
        ScoreTable.of("label", lines),
        Map.of("labels", ScoreTable.figures("label", lines)));
  }

  @Override
  public String summary() {
    return labels.count() + " labels, any number of them for a text";
  }
}
