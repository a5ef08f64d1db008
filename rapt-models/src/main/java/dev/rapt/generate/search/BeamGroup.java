package dev.rapt.generate.search;

import dev.rapt.generate.constrain.TokenConstraint;
import dev.rapt.generate.logits.Logits;
import dev.rapt.generate.options.EarlyStopping;
import dev.rapt.generate.options.GenerationOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The beams of one prompt, or of one group of them. Follows generation/utils.py of Hugging Face
 * transformers 5 ({@code _beam_search}) in what it keeps and when it ends: each step takes the best
 * {@code max(2, 1 + number of end tokens) * beams} continuations of all beams; the best {@code
 * beams} of them may finish; the best that did not finish run on.
 */
final class BeamGroup {
  /** Score of a beam that must not win; finite, so that sums with it stay numbers. */
  private static final float IMPOSSIBLE = -1e9f;

  /**
   * A sequence.
   *
   * @param constraint what it has matched so far; null without constraint and after the end token
   * @param score the sum of log-probabilities, after the end with length penalty
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Beam(
      int[] ids, TokenConstraint.@Nullable State constraint, float score, FinishReason finish) {}

  /** A continuation of running beam {@code beam}. */
  private record Candidate(int beam, int token, float score) {}

  private final GenerationOptions options;
  private final int numBeams;
  private final int promptLength;
  private final int maxLength;
  private final SplittableRandom random;
  private final boolean isConstrained;

  private List<Beam> running = new ArrayList<>();
  private final List<Beam> finished = new ArrayList<>();
  private int[] parents;
  private int length;
  private boolean ended;

  BeamGroup(SearchRequest request, int prompt, int numBeams, long seed) {
    this.options = request.options();
    this.numBeams = numBeams;
    int[] ids = request.prompts().row(prompt);
    this.promptLength = ids.length;
    this.maxLength = request.maxLength(prompt);
    this.random = new SplittableRandom(seed);
    TokenConstraint.@Nullable State constraint = request.newConstraintState();
    this.isConstrained = constraint != null;
    this.length = ids.length;
    this.parents = new int[numBeams];
    for (int i = 0; i < numBeams; i++) {
      // All beams are equal at first: only one may win, so that no sequence occurs twice.
      running.add(new Beam(ids, constraint, i == 0 ? 0 : IMPOSSIBLE, FinishReason.LENGTH));
    }
    if (length >= maxLength) {
      finished.addAll(running);
      ended = true;
    }
  }

  /** Ids of running beam i. */
  int[] ids(int i) {
    return running.get(i).ids();
  }

  /** Forbids what the constraint of running beam i forbids. */
  void constrain(int i, float[] scores) {
    TokenConstraint.@Nullable State constraint = running.get(i).constraint();
    if (constraint != null) {
      constraint.mask(scores, options.eosTokenIds());
    } else if (isConstrained) {
      Arrays.fill(scores, Float.NEGATIVE_INFINITY); // a row that only fills the batch
    }
  }

  /** Whether the search is over. */
  boolean ended() {
    return ended;
  }

  /** For each running beam, the index of the beam that it continued in the last step. */
  int[] parents() {
    return parents;
  }

  /** The last token of each running beam. */
  int[] lastTokens() {
    return running.stream().mapToInt(beam -> beam.ids()[beam.ids().length - 1]).toArray();
  }

  /** Finished sequences, best first. */
  List<Beam> finished() {
    return finished;
  }

  /**
   * Runs one step.
   *
   * @param logProbs processed log-probabilities (numBeams, V)
   * @param stopsText whether the text of these ids contains a stop string
   */
  void advance(float[][] logProbs, Predicate<int[]> stopsText) {
    int numKept = Math.max(2, 1 + options.eosTokenIds().size()) * numBeams;
    List<Candidate> kept = best(logProbs, numKept);
    if (kept.isEmpty()) {
      throw new IllegalStateException("beam search: scores must be numbers, got only NaN");
    }
    if (isConstrained) {
      kept.removeIf(candidate -> candidate.score() < IMPOSSIBLE / 2);
    }
    if (kept.isEmpty()) {
      // Everything that the constraint allows has finished.
      if (finished.isEmpty()) {
        throw Logits.allForbidden(length - promptLength);
      }
      ended = true;
      return;
    }
    List<Candidate> open = new ArrayList<>();
    List<Beam> justFinished = new ArrayList<>();
    boolean acceptsMore = !(isFull() && stopsWhenFull());
    float divisor = (float) Math.pow(length + 1 - promptLength, options.beams().lengthPenalty());
    for (int i = 0; i < kept.size(); i++) {
      Candidate candidate = kept.get(i);
      int[] ids = extended(candidate);
      TokenConstraint.@Nullable State constraint = constraint(candidate);
      @Nullable FinishReason finish = finishReason(candidate.token(), ids, constraint, stopsText);
      if (finish == null) {
        open.add(candidate);
      } else if (i < numBeams && acceptsMore) {
        justFinished.add(new Beam(ids, null, candidate.score() / divisor, finish));
      }
    }
    finished.addAll(justFinished);
    finished.sort(Comparator.comparingDouble(Beam::score).reversed());
    while (finished.size() > numBeams) {
      finished.removeLast();
    }
    boolean canContinue = !open.isEmpty();
    follow(open, kept);
    length++;
    ended = !canContinue || (isFull() && stopsWhenFull()) || !mayImprove();
  }

  /** Sets the beams of the next step: the best unfinished ones, by falling score. */
  private void follow(List<Candidate> open, List<Candidate> kept) {
    List<Candidate> sorted = new ArrayList<>(open);
    sorted.sort(Comparator.comparingDouble(Candidate::score).reversed());
    for (int i = 0; sorted.size() < numBeams; i++) {
      // Too few unfinished ones: finished ones fill the rows, with a score that cannot win.
      Candidate filler = kept.get(i % kept.size());
      sorted.add(new Candidate(filler.beam(), filler.token(), IMPOSSIBLE));
    }
    List<Beam> next = new ArrayList<>();
    parents = new int[numBeams];
    for (int i = 0; i < numBeams; i++) {
      Candidate candidate = sorted.get(i);
      parents[i] = candidate.beam();
      next.add(
          new Beam(
              extended(candidate), constraint(candidate), candidate.score(), FinishReason.LENGTH));
    }
    running = next;
  }

  private int[] extended(Candidate candidate) {
    int[] ids = Arrays.copyOf(running.get(candidate.beam()).ids(), length + 1);
    ids[length] = candidate.token();
    return ids;
  }

  /** What a continuation has matched; null without constraint and after an end token. */
  private TokenConstraint.@Nullable State constraint(Candidate candidate) {
    TokenConstraint.@Nullable State before = running.get(candidate.beam()).constraint();
    return before == null || options.eosTokenIds().contains(candidate.token())
        ? null
        : before.next(candidate.token());
  }

  /** Why these ids end a sequence; null if they do not. */
  private @Nullable FinishReason finishReason(
      int token,
      int[] ids,
      TokenConstraint.@Nullable State constraint,
      Predicate<int[]> stopsText) {
    if (options.eosTokenIds().contains(token)) {
      return FinishReason.EOS;
    }
    if (stopsText.test(ids)) {
      return FinishReason.STOP_STRING;
    }
    if (SearchRow.isWhole(constraint, options)) {
      return FinishReason.COMPLETE;
    }
    return ids.length >= maxLength ? FinishReason.LENGTH : null;
  }

  private boolean isFull() {
    return finished.size() == numBeams;
  }

  private boolean stopsWhenFull() {
    return options.beams().earlyStopping() == EarlyStopping.WHEN_FULL;
  }

  /** Whether the best running beam may still beat the worst finished one. */
  private boolean mayImprove() {
    if (!isFull()) {
      return true;
    }
    double lengthPenalty = options.beams().lengthPenalty();
    boolean countsToTheEnd =
        options.beams().earlyStopping() == EarlyStopping.NEVER && lengthPenalty > 0;
    int newTokens = (countsToTheEnd ? maxLength : length) - promptLength;
    float bestPossible = running.getFirst().score() / (float) Math.pow(newTokens, lengthPenalty);
    return bestPossible > finished.getLast().score();
  }

  /**
   * The best continuations of all beams, best first; when sampling, continuations drawn without
   * replacement, in the order of the draws.
   */
  private List<Candidate> best(float[][] logProbs, int count) {
    boolean draws = options.sampling().doSample();
    int V = logProbs[0].length;
    float[] sums = new float[numBeams * V];
    float[] keys = draws ? new float[sums.length] : sums;
    for (int beam = 0; beam < numBeams; beam++) {
      float score = running.get(beam).score();
      for (int token = 0; token < V; token++) {
        int i = beam * V + token;
        sums[i] = logProbs[beam][token] + score;
        if (draws) {
          // Gumbel noise: the largest are a sample without replacement (arXiv:1903.06059).
          keys[i] = (float) (sums[i] - Math.log(-Math.log(1 - random.nextDouble())));
        }
      }
    }
    List<Candidate> best = new ArrayList<>();
    for (int i : Logits.topIndices(keys, Math.min(count, keys.length))) {
      best.add(new Candidate(i / V, i % V, sums[i]));
    }
    return best;
  }
}
