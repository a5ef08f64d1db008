package dev.rapt.eval.judge;

import dev.rapt.eval.likelihood.Continuation;
import dev.rapt.eval.likelihood.Likelihood;
import dev.rapt.eval.likelihood.LikelihoodScorer;
import dev.rapt.text.TextModel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleConsumer;

/**
 * A decoder that judges pairs of answers (Zheng et al., Judging LLM-as-a-Judge with MT-Bench and
 * Chatbot Arena, arXiv:2306.05685, section 3). Each pair is shown in both orders, and counts as a
 * tie where the order decides. Verdicts are the likelihoods of the three replies, so that they need
 * no sampling and are the same in each run.
 */
public final class PairJudge {
  private final TextModel model;
  private final JudgePrompt prompt;
  private final LikelihoodScorer scorer;

  /**
   * Creates a judge.
   *
   * @param model must stay open
   * @param batchSize most sequences that are read at once, at least 1
   */
  public PairJudge(TextModel model, JudgePrompt prompt, int batchSize) {
    this.model = model;
    this.prompt = prompt;
    scorer = new LikelihoodScorer(model, batchSize);
  }

  /** Sets what receives the share that is done, 0 to 1. */
  public void onProgress(DoubleConsumer listener) {
    scorer.onProgress(listener);
  }

  /**
   * Judges pairs.
   *
   * @throws dev.rapt.train.example.ExampleException if a pair does not fit into the context of the
   *     model, before any is judged
   */
  public List<Judgement> judge(List<AnswerPair> pairs) {
    List<Continuation> asked = new ArrayList<>();
    for (AnswerPair pair : pairs) {
      for (boolean swapped : new boolean[] {false, true}) {
        String question = prompt.of(pair, swapped);
        int length = scorer.numTokens(question) + 1;
        if (length > model.maxPositions()) {
          throw pair.example()
              .error(
                  "must fit into the %d tokens of the judge's context, got a question of %d; leave it out or take another judge"
                      .formatted(model.maxPositions(), length));
        }
        prompt.replies().forEach(reply -> asked.add(new Continuation(question, reply)));
      }
    }
    List<Likelihood> scores = scorer.score(asked);
    List<Judgement> judgements = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      double[] given = shares(scores, 6 * i);
      double[] swapped = shares(scores, 6 * i + 3);
      judgements.add(
          new Judgement(
              pairs.get(i),
              new Judgement.Ballot(given[0], given[1], given[2]),
              new Judgement.Ballot(swapped[1], swapped[0], swapped[2])));
    }
    return judgements;
  }

  private static double[] shares(List<Likelihood> scores, int from) {
    return Likelihood.shares(
        scores.subList(from, from + 3).stream().mapToDouble(Likelihood::logProb).toArray());
  }
}
