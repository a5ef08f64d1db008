package dev.rapt.eval.likelihood;

import dev.rapt.text.TextModel;
import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.DoubleConsumer;

/**
 * Log-likelihoods of texts under a decoder, as lm-evaluation-harness computes them (HFLM of release
 * 0.4.13).
 *
 * <p>White space at the end of a context belongs to the continuation. Context and continuation are
 * encoded together, and the tokens behind those of the context alone are scored. The beginning of a
 * text is predicted from BOS, or else from EOS. Special tokens that a tokenizer appends are left
 * out; the harness would score them.
 */
public final class LikelihoodScorer {
  private final TextModel model;
  private final TokenScorer scorer;
  private final int beginning;
  private final String beginningText;

  /** Special tokens that the tokenizer appends to a text, such as EOS; they are not read. */
  private final int numAppended;

  private DoubleConsumer progress = _ -> {};

  /**
   * Creates a scorer.
   *
   * @param model must stay open
   * @param batchSize most sequences that are read at once, at least 1
   */
  public LikelihoodScorer(TextModel model, int batchSize) {
    this.model = model;
    scorer = new TokenScorer(model.model(), batchSize);
    beginning = TextModel.beginning(model.tokenizer())[0];
    beginningText = model.tokenizer().decode(new int[] {beginning}, false);
    Encoding sample = model.tokenizer().encodeWithOffsets("a");
    int appended = 0;
    while (appended < sample.size()
        && sample.specialTokensMask()[sample.size() - 1 - appended] == 1) {
      appended++;
    }
    numAppended = appended;
  }

  /** Sets what receives the share that is done, 0 to 1. */
  public void onProgress(DoubleConsumer listener) {
    progress = listener;
  }

  /** Returns the number of tokens of a text as the model reads it. */
  public int numTokens(String text) {
    return encode(text).length;
  }

  /**
   * Scores continuations.
   *
   * @throws IllegalArgumentException if a continuation has no token of its own, or does not fit
   *     into the context of the model
   */
  public List<Likelihood> score(List<Continuation> continuations) {
    List<TokenRequest> requests = new ArrayList<>();
    for (Continuation continuation : continuations) {
      requests.add(request(continuation));
    }
    return scorer.score(requests, progress);
  }

  private TokenRequest request(Continuation continuation) {
    Tokenizer tokenizer = model.tokenizer();
    if (continuation.context().isEmpty()) {
      int[] ids = tokenizer.encodeWithOffsets(continuation.text(), EncodeOptions.PLAIN).ids();
      boolean hasBeginning = ids.length > 0 && ids[0] == beginning;
      return TokenRequest.of(
          new int[] {beginning},
          hasBeginning ? Arrays.copyOfRange(ids, 1, ids.length) : ids,
          model.maxPositions());
    }
    String context = stripped(continuation.context());
    int[] whole = encode(continuation.context() + continuation.text());
    int[] before = encode(context);
    int cut = Math.min(before.length, whole.length);
    return TokenRequest.of(
        before, Arrays.copyOfRange(whole, cut, whole.length), model.maxPositions());
  }

  /**
   * Returns the tokens of a text that begins with BOS, or gets it here if the tokenizer adds one;
   * special tokens at the end are left out.
   */
  public int[] encode(String text) {
    if (!beginningText.isEmpty() && text.startsWith(beginningText)) {
      return model.tokenizer().encodeWithOffsets(text, EncodeOptions.PLAIN).ids();
    }
    int[] ids = model.tokenizer().encode(text);
    return numAppended == 0 ? ids : Arrays.copyOf(ids, Math.max(0, ids.length - numAppended));
  }

  private static String stripped(String text) {
    int end = text.length();
    while (end > 0
        && (Character.isWhitespace(text.charAt(end - 1))
            || Character.isSpaceChar(text.charAt(end - 1)))) {
      end--;
    }
    return text.substring(0, end);
  }

  /**
   * Scores whole texts in windows of the model's context that do not overlap.
   *
   * @return log-likelihood of each text, in nats
   */
  public double[] rolling(List<String> texts) {
    List<TokenRequest> requests = new ArrayList<>();
    List<Integer> owners = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      List<TokenRequest> windows =
          RollingWindows.of(
              encode(texts.get(i)), beginning, model.maxPositions(), model.maxPositions());
      requests.addAll(windows);
      owners.addAll(Collections.nCopies(windows.size(), i));
    }
    List<Likelihood> parts = scorer.score(requests, progress);
    double[] sums = new double[texts.size()];
    for (int i = 0; i < parts.size(); i++) {
      sums[owners.get(i)] += parts.get(i).logProb();
    }
    return sums;
  }

  /**
   * New tokens of a window that slides over a text.
   *
   * @param likelihood of the tokens
   * @param numBytes UTF-8 bytes of their text
   */
  public record ScoredWindow(Likelihood likelihood, long numBytes) {}

  /**
   * Scores a text, without special tokens of its own, in windows that slide over it.
   *
   * @param window most tokens of a window, at most the context of the model
   * @param stride new tokens of each window after the first, from 1 to window
   * @throws IllegalArgumentException if the text has no tokens, or a number is out of range
   */
  public List<ScoredWindow> sliding(String text, int window, int stride) {
    if (window < 1 || stride < 1 || stride > window) {
      throw new IllegalArgumentException(
          "stride: must be from 1 to the window of %d tokens, got %d".formatted(window, stride));
    }
    Encoding encoding = model.tokenizer().encodeWithOffsets(text, EncodeOptions.PLAIN);
    if (encoding.size() == 0) {
      throw new IllegalArgumentException("text: must have at least 1 token, got none");
    }
    List<TokenRequest> requests = RollingWindows.of(encoding.ids(), beginning, window, stride);
    List<Likelihood> scores = scorer.score(requests, progress);
    List<ScoredWindow> windows = new ArrayList<>();
    int tokens = 0;
    int points = 0;
    int from = 0;
    for (Likelihood score : scores) {
      tokens += score.numTokens();
      int to = text.length();
      if (tokens < encoding.size()) {
        int end = Math.max(points, encoding.end(tokens - 1));
        to = text.offsetByCodePoints(from, end - points);
        points = end;
      }
      long bytes = text.substring(from, to).getBytes(StandardCharsets.UTF_8).length;
      windows.add(new ScoredWindow(score, bytes));
      from = to;
    }
    return windows;
  }
}
