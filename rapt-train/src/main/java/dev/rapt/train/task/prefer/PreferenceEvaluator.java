package dev.rapt.train.task.prefer;

import dev.rapt.model.CausalLm;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.Evaluator;
import dev.rapt.train.Measurement;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.task.HeldOutRows;
import dev.rapt.train.task.completion.PaddedAnswers;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures a model on held-out preferences: the rewards that it gives implicitly, how far it has
 * moved from the model that it was, and what that cost in perplexity of the chosen answers.
 */
final class PreferenceEvaluator implements Evaluator {
  /** Metric: mean KL divergence of the next token from that of the reference, in nats. */
  static final String KL = "kl";

  private final PreferenceObjective objective;
  private final CausalLm reference;
  private final HeldOutRows<PreferenceRow> rows;
  private final int batchSize;

  PreferenceEvaluator(
      PreferenceObjective objective,
      CausalLm reference,
      HeldOutRows<PreferenceRow> rows,
      int batchSize) {
    this.objective = objective;
    this.reference = reference;
    this.rows = rows;
    this.batchSize = batchSize;
  }

  /** Sums over the held-out examples. */
  private static final class Sums {
    private double loss;
    private double kl;
    private long klTokens;
    private double chosenReward;
    private double rejectedReward;
    private long chosen;
    private long rejected;
    private long right;
    private double chosenLogProb;
    private double chosenBefore;
    private long chosenTokens;
  }

  @Override
  public Measurement measure() {
    Sums sums = new Sums();
    for (List<PreferenceRow> batch : rows.batches(batchSize)) {
      try (Scope scope = objective.model().scope().child()) {
        add(sums, new PreferenceBatch(batch), scope);
      }
    }
    Map<String, Double> metrics = new LinkedHashMap<>();
    double chosen = sums.chosenReward / sums.chosen;
    double rejected = sums.rejectedReward / sums.rejected;
    if (sums.rejected == rows.size()) {
      metrics.put("accuracy", (double) sums.right / rows.size());
    }
    if (sums.chosen > 0 && sums.rejected > 0) {
      metrics.put("margin", chosen - rejected);
    }
    if (sums.chosen > 0) {
      metrics.put("reward_chosen", chosen);
    }
    if (sums.rejected > 0) {
      metrics.put("reward_rejected", rejected);
    }
    metrics.put(KL, sums.kl / sums.klTokens);
    if (sums.chosen > 0) {
      metrics.put("perplexity", Math.exp(-sums.chosenLogProb / sums.chosenTokens));
      metrics.put("perplexity_before", Math.exp(-sums.chosenBefore / sums.chosenTokens));
    }
    return new Measurement(sums.loss / rows.size(), rows.size(), metrics, null);
  }

  private void add(Sums sums, PreferenceBatch batch, Scope scope) {
    PreferenceObjective.Measured measured = objective.measure(batch, scope);
    PreferenceLoss loss = objective.loss();
    int B = batch.batchSize();
    boolean isPair = loss.kind() != PreferenceLoss.Kind.KTO;
    sums.loss += measured.loss();
    for (int b = 0; b < B; b++) {
      Scored first = measured.scores().get(b);
      Scored second = measured.scores().get(B + b);
      if (batch.rows().get(b).isDesirable()) {
        sums.chosen++;
        sums.chosenReward += loss.reward(first);
        sums.chosenLogProb += first.logProb();
        sums.chosenBefore += first.reference();
        sums.chosenTokens += first.tokens();
      }
      if (isPair || !batch.rows().get(b).isDesirable()) {
        sums.rejected++;
        sums.rejectedReward += loss.reward(isPair ? second : first);
      }
      sums.right += isPair && loss.reward(first) > loss.reward(second) ? 1 : 0;
    }
    addDivergence(sums, measured, isPair ? 2 * B : B, scope);
  }

  /** Adds KL(model, reference) at each token of the first answers. */
  private void addDivergence(
      Sums sums, PreferenceObjective.Measured measured, int numAnswers, Scope scope) {
    PaddedAnswers answers = measured.answers();
    int[] wanted = answers.targets(numAnswers);
    Tensor targets = scope.ints(wanted, answers.size(), answers.seqLen());
    Tensor before = answers.hidden(reference, scope, false);
    sums.kl +=
        reference
            .distillation(before, objective.model(), measured.hidden(), targets, 1, 1)
            .getFloat(0);
    sums.klTokens += Arrays.stream(wanted).filter(target -> target != TokenBatch.IGNORED).count();
  }
}
