package dev.rapt.train.task.reinforce;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.model.CausalLm;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.objective.Forward;
import dev.rapt.train.objective.Objective;
import dev.rapt.train.task.completion.PaddedAnswers;
import dev.rapt.train.task.reinforce.loss.ClippedRatio;
import dev.rapt.train.task.reinforce.loss.Episode;
import dev.rapt.train.task.reinforce.loss.PpoLoss;
import java.util.List;
import java.util.Map;

/** Proximal policy optimisation of a decoder with a value head, without dropout. */
final class PpoObjective implements Objective<RolloutBatch> {
  private final CausalLm model;
  private final ValueHead head;
  private final PpoLoss loss;
  private final Rollouts rollouts;
  private final double temperature;
  private final RolloutMetrics metrics = new RolloutMetrics();

  PpoObjective(
      CausalLm model, ValueHead head, PpoLoss loss, Rollouts rollouts, double temperature) {
    this.model = model;
    this.head = head;
    this.loss = loss;
    this.rollouts = rollouts;
    this.temperature = temperature;
  }

  @Override
  public Tensor loss(RolloutBatch batch, Forward forward) {
    Rollouts.Part part = rollouts.at(batch);
    PaddedAnswers padded = part.padded();
    metrics.begin(part.rollout());
    Tensor hidden = padded.hidden(model, forward.scope(), forward.gradientCheckpointing());
    Tensor logProbs =
        model.logProbabilities(hidden, padded.positions(), padded.tokens(), temperature);
    Tensor both =
        Ops.concat(List.of(logProbs, head.values(hidden, padded.positions()))); // (1, 2 N)
    measure(part.episodes(), padded, hidden, PolicyScores.wide(both));
    double share = (double) batch.numTargets() / forward.denominator();
    return Losses.function(
        both,
        (x, gradient) -> {
          double sum = loss.apply(part.episodes(), padded.starts(), x, gradient);
          for (int i = 0; i < gradient.length; i++) {
            gradient[i] *= share;
          }
          return sum * share;
        });
  }

  private void measure(List<Episode> episodes, PaddedAnswers padded, Tensor hidden, double[] x) {
    double[] entropies = model.entropies(hidden, padded.positions(), temperature);
    int N = entropies.length;
    for (int s = 0; s < episodes.size(); s++) {
      Episode episode = episodes.get(s);
      for (int i = padded.starts()[s]; i < padded.starts()[s + 1]; i++) {
        int at = i - padded.starts()[s];
        if (episode.reference().length > 0) {
          double kl = ClippedRatio.divergence(x[i], episode.reference()[at]);
          metrics.add(RolloutMetrics.KL, kl, 1);
        }
        metrics.add(RolloutMetrics.ENTROPY, entropies[i], 1);
        ClippedRatio.Term term =
            loss.policy().term(x[i], episode.before()[at], episode.advantages()[at]);
        metrics.add("clip_ratio", term.isClipped() ? 1 : 0, 1);
        PpoLoss.ValueTerm value = loss.value(x[N + i], episode.values()[at], episode.returns()[at]);
        metrics.add("value_loss", value.loss(), 1);
        metrics.add("value_clip_ratio", value.isClipped() ? 1 : 0, 1);
      }
    }
  }

  @Override
  public Map<String, Double> metrics() {
    return metrics.drain();
  }
}
