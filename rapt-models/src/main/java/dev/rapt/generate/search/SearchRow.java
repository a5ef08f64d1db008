package dev.rapt.generate.search;

import dev.rapt.generate.constrain.TokenConstraint;
import dev.rapt.generate.logits.Logits;
import dev.rapt.generate.logits.LogitsProcessor;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.speculate.DraftCounts;
import dev.rapt.generate.speculate.TokenChoice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One sequence of greedy search, sampling or contrastive search while it grows. */
public final class SearchRow implements TokenChoice {
  private final GenerationOptions options;
  private final TokenListener listener;
  final int index;
  final int prompt;
  final int promptLength;
  final int maxLength;
  final List<LogitsProcessor> chain;
  private final RandomNumbers numbers;
  final StoppableText text;
  final List<TokenScore> tokenScores = new ArrayList<>();
  final List<float[]> stepLogits = new ArrayList<>();
  int[] ids;
  int length;
  TokenConstraint.@Nullable State constraint;
  @Nullable FinishReason finish;

  /**
   * A row at the end of its prompt.
   *
   * @param index of the sequence in the result
   * @param prompt index of the prompt
   * @param sample index among the sequences of the prompt
   */
  public SearchRow(SearchRequest request, int index, int prompt, int sample) {
    options = request.options();
    listener = request.listener();
    this.index = index;
    this.prompt = prompt;
    ids = request.prompts().row(prompt).clone();
    length = ids.length;
    promptLength = length;
    maxLength = request.maxLength(prompt);
    chain = request.chain(prompt);
    // The draws depend neither on the place in the batch nor on the other prompts.
    long seed = request.prompts().seed(prompt, options.sampling().seed());
    numbers =
        new RandomNumbers(new SplittableRandom(new SplittableRandom(seed).nextLong() + sample));
    text = request.newText(prompt);
    constraint = request.newConstraintState();
    if (length >= maxLength) {
      finish = FinishReason.LENGTH;
    }
  }

  /** Whether it has ended. */
  public boolean ended() {
    return finish != null;
  }

  /** Number of ids of prompt and continuation. */
  public int length() {
    return length;
  }

  /** Ids of prompt and continuation; only the first {@link #length} are valid. Not copied. */
  public int[] ids() {
    return ids;
  }

  /** Ends the sequence from outside, unless it has ended. */
  public void end(FinishReason reason) {
    if (finish == null) {
      text.finish();
      finish = reason;
    }
  }

  int lastToken() {
    return ids[length - 1];
  }

  /** Chooses and appends the next token from these logits, which are overwritten. */
  public void advance(float[] scores) {
    boolean records = options.recordLogits() || options.topLogProbs() >= 0;
    float[] logits = records ? scores.clone() : scores;
    process(scores);
    int best = Logits.argmax(scores);
    if (scores[best] == Float.NEGATIVE_INFINITY) {
      throw Logits.allForbidden(length - promptLength);
    }
    append(options.sampling().doSample() ? draw(scores, best, numbers.take()) : best, logits);
  }

  @Override
  public int choose(int[] guessed, int guessedLength, float[] scores) {
    TokenConstraint.@Nullable State at = constraint;
    for (int i = length; i < guessedLength && at != null; i++) {
      at = at.next(guessed[i]); // null behind a guess that the constraint forbids: it is wrong
    }
    if (at != null) {
      at.mask(scores, options.eosTokenIds());
    }
    for (LogitsProcessor processor : chain) {
      processor.process(guessed, guessedLength, scores);
    }
    int best = Logits.argmax(scores);
    boolean draws = options.sampling().doSample() && scores[best] != Float.NEGATIVE_INFINITY;
    return draws ? draw(scores, best, numbers.ahead(guessedLength - length)) : best;
  }

  @Override
  public boolean ends(int token) {
    return options.eosTokenIds().contains(token);
  }

  /** Applies the constraint and all processors to the logits of the next token. */
  void process(float[] scores) {
    if (constraint != null) {
      constraint.mask(scores, options.eosTokenIds());
    }
    for (LogitsProcessor processor : chain) {
      processor.process(ids, length, scores);
    }
    Logits.requireNumbers(scores);
  }

  /**
   * Appends a token.
   *
   * @param logits it was chosen from; unprocessed if the options record logits
   */
  void append(int token, float[] logits) {
    if (options.recordLogits()) {
      stepLogits.add(logits);
    }
    if (options.topLogProbs() >= 0) {
      tokenScores.add(TokenScore.of(logits, token, options.topLogProbs()));
    }
    append(token);
  }

  private void append(int token) {
    if (length == ids.length) {
      ids = Arrays.copyOf(ids, Math.min(maxLength, 2 * length + 16));
    }
    ids[length++] = token;
    boolean isEos = ends(token);
    if (constraint != null && !isEos) {
      constraint = constraint.next(token);
      if (constraint == null) {
        throw new IllegalStateException(
            "processors: must keep forbidden tokens at negative infinity, got token " + token);
      }
    }
    String piece = isEos ? "" : text.append(token);
    if (isEos) {
      finish = FinishReason.EOS;
    } else if (text.stopped()) {
      finish = FinishReason.STOP_STRING;
    } else if (isWhole(constraint, options)) {
      finish = FinishReason.COMPLETE;
    } else if (length >= maxLength) {
      finish = FinishReason.LENGTH;
    }
    if (finish != null) {
      piece += text.finish();
      if (finish == FinishReason.LENGTH && text.stopped()) {
        finish = FinishReason.STOP_STRING;
      }
    }
    if (!listener.onToken(index, token, piece) && finish == null) {
      text.finish();
      finish = FinishReason.CANCELLED;
    }
  }

  /** Whether a text must end here without an end token. */
  static boolean isWhole(TokenConstraint.@Nullable State at, GenerationOptions options) {
    return at != null && options.eosTokenIds().isEmpty() && at.isComplete() && !at.canContinue();
  }

  /**
   * Draws a token from the softmax of the scores.
   *
   * @param best index of the largest score, which is not negative infinity
   * @param number random, from 0 to 1
   */
  private static int draw(float[] scores, int best, double number) {
    double max = scores[best];
    double total = 0;
    double[] weights = new double[scores.length];
    for (int i = 0; i < scores.length; i++) {
      weights[i] = scores[i] == Float.NEGATIVE_INFINITY ? 0 : Math.exp(scores[i] - max);
      total += weights[i];
    }
    double rest = number * total;
    int last = 0;
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] > 0) {
        last = i;
        rest -= weights[i];
        if (rest < 0) {
          break;
        }
      }
    }
    return last;
  }

  /** The sequence so far. */
  public GeneratedSequence result() {
    return result(null);
  }

  /** The sequence so far; with the counts of speculation if there was any. */
  GeneratedSequence result(@Nullable DraftCounts drafts) {
    FinishReason reason = finish == null ? FinishReason.LENGTH : finish;
    return new GeneratedSequence(
        prompt,
        new GeneratedSequence.Tokens(Arrays.copyOf(ids, length), promptLength, reason),
        text.text(),
        new GeneratedSequence.Scores(Double.NaN, tokenScores, stepLogits),
        drafts);
  }
}
