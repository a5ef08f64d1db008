package dev.rapt.train.task.reinforce;

import dev.rapt.autograd.loss.Losses;
import dev.rapt.model.CausalLm;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.objective.Forward;
import dev.rapt.train.objective.Objective;
import dev.rapt.train.task.completion.PaddedAnswers;
import dev.rapt.train.task.reinforce.loss.Episode;
import dev.rapt.train.task.reinforce.loss.GrpoLoss;
import java.util.List;
import java.util.Map;

/** Group-relative policy optimisation of a decoder, which runs without dropout. */
final class GrpoObjective implements Objective<RolloutBatch> {
  private final CausalLm model;
  private final GrpoLoss loss;
  private final RolloutPlan plan;
  private final Rollouts rollouts;
  private final double temperature;
  private final RolloutMetrics metrics = new RolloutMetrics();

  GrpoObjective(
      CausalLm model, GrpoLoss loss, RolloutPlan plan, Rollouts rollouts, double temperature) {
    this.model = model;
    this.loss = loss;
    this.plan = plan;
    this.rollouts = rollouts;
    this.temperature = temperature;
  }

  @Override
  public Tensor loss(RolloutBatch batch, Forward forward) {
    Rollouts.Part part = rollouts.at(batch);
    PaddedAnswers padded = part.padded();
    Tensor hidden = padded.hidden(model, forward.scope(), forward.gradientCheckpointing());
    metrics.begin(part.rollout());
    double share = (double) batch.numTargets() / forward.denominator();
    double tokensPerBatch = (double) part.rollout().counted() / plan.parts();
    Tensor logProbs =
        model.logProbabilities(hidden, padded.positions(), padded.tokens(), temperature);
    measure(part.episodes(), padded, hidden, PolicyScores.wide(logProbs));
    return Losses.function(
        logProbs,
        (x, gradient) -> {
          double sum = loss.apply(part.episodes(), padded.starts(), tokensPerBatch, x, gradient);
          for (int i = 0; i < gradient.length; i++) {
            gradient[i] *= share;
          }
          return sum * share;
        });
  }

  private void measure(
      List<Episode> episodes, PaddedAnswers padded, Tensor hidden, double[] logProbs) {
    double[] entropies = model.entropies(hidden, padded.positions(), temperature);
    for (int s = 0; s < episodes.size(); s++) {
      Episode episode = episodes.get(s);
      if (!episode.counts()) {
        continue;
      }
      for (int i = padded.starts()[s]; i < padded.starts()[s + 1]; i++) {
        GrpoLoss.Term term = loss.term(episode, i - padded.starts()[s], logProbs[i]);
        if (episode.reference().length > 0) {
          metrics.add(RolloutMetrics.KL, term.kl(), 1);
        }
        metrics.add(RolloutMetrics.ENTROPY, entropies[i], 1);
        if (plan.isReused()) {
          metrics.add("clip_ratio", term.isClipped() ? 1 : 0, 1);
        }
      }
    }
  }

  @Override
  public Map<String, Double> metrics() {
    return metrics.drain();
  }
}
