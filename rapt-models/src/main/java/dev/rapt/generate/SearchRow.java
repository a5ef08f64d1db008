package dev.rapt.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One sequence while it grows. */
final class SearchRow {
  private final GenerationOptions options;
  private final TokenListener listener;
  final int index;
  final int prompt;
  final int promptLength;
  final int maxLength;
  final List<LogitsProcessor> chain;
  final SplittableRandom random;
  final TextSoFar text;
  final List<TokenScore> tokenScores = new ArrayList<>();
  final List<float[]> stepLogits = new ArrayList<>();
  int[] ids;
  int length;
  @Nullable FinishReason finish;

  SearchRow(
      Generator generator,
      Prompts prompts,
      GenerationOptions options,
      TokenListener listener,
      int index,
      int prompt,
      int sample) {
    this.options = options;
    this.listener = listener;
    this.index = index;
    this.prompt = prompt;
    ids = prompts.row(prompt).clone();
    length = ids.length;
    promptLength = length;
    maxLength = generator.maxLength(prompts, prompt, options);
    chain = generator.chain(prompts, prompt, options);
    // Neither the place in the batch nor its neighbours have a say in what is drawn.
    random =
        new SplittableRandom(new SplittableRandom(options.sampling().seed()).nextLong() + sample);
    text = generator.newText(options);
    if (length >= maxLength) {
      finish = FinishReason.LENGTH;
    }
  }

  int lastToken() {
    return ids[length - 1];
  }

  /** Chooses the next token by these logits, which are overwritten. */
  void advance(float[] scores) {
    boolean records = options.recordLogits() || options.topLogProbs() >= 0;
    float[] logits = records ? scores.clone() : scores;
    process(scores);
    append(options.sampling().doSample() ? draw(scores) : best(scores), logits);
  }

  private int best(float[] scores) {
    int best = Scores.argmax(scores);
    if (scores[best] == Float.NEGATIVE_INFINITY) {
      throw Scores.nothingLeft(length - promptLength);
    }
    return best;
  }

  /** Applies all processors to the logits of the next token. */
  void process(float[] scores) {
    for (LogitsProcessor processor : chain) {
      processor.process(ids, length, scores);
    }
    Scores.requireNumbers(scores);
  }

  /**
   * Appends a token.
   *
   * @param logits from which it was chosen, before any processing where they are recorded
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
    boolean isEos = options.eosTokenIds().contains(token);
    String piece = isEos ? "" : text.append(token);
    if (isEos) {
      finish = FinishReason.EOS;
    } else if (text.stopped()) {
      finish = FinishReason.STOP_STRING;
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

  /** Draws a token with the probabilities of the scores: one random number for each token. */
  private int draw(float[] scores) {
    double max = scores[Scores.argmax(scores)];
    double total = 0;
    double[] weights = new double[scores.length];
    for (int i = 0; i < scores.length; i++) {
      weights[i] = scores[i] == Float.NEGATIVE_INFINITY ? 0 : Math.exp(scores[i] - max);
      total += weights[i];
    }
    if (!(total > 0)) {
      throw Scores.nothingLeft(length - promptLength);
    }
    double rest = random.nextDouble() * total;
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

  GeneratedSequence result() {
    return new GeneratedSequence(
        prompt,
        Arrays.copyOf(ids, length),
        promptLength,
        finish == null ? FinishReason.LENGTH : finish,
        Double.NaN,
        text.text(),
        tokenScores,
        stepLogits);
  }
}
