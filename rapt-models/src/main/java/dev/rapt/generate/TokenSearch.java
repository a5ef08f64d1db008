package dev.rapt.generate;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Greedy search and sampling of one batch: one token for each row and step, ended rows dropped. */
final class TokenSearch {
  private final Generator generator;
  private final Prompts prompts;
  private final GenerationOptions options;
  private final TokenListener listener;

  TokenSearch(
      Generator generator, Prompts prompts, GenerationOptions options, TokenListener listener) {
    this.generator = generator;
    this.prompts = prompts;
    this.options = options;
    this.listener = listener;
  }

  Generation run() {
    List<Row> rows = new ArrayList<>();
    List<Row> active = new ArrayList<>();
    for (int prompt = 0; prompt < prompts.size(); prompt++) {
      for (int i = 0; i < options.numReturnSequences(); i++) {
        rows.add(new Row(rows.size(), prompt, i));
      }
    }
    rows.stream().filter(row -> row.finish == null).forEach(active::add);
    if (!active.isEmpty()) {
      int newTokens = generator.maxNewTokens(prompts, options);
      try (Decoding decoding = prompts.start(generator.model(), options.padTokenId(), newTokens)) {
        // Several rows of one prompt share its first pass.
        generate(decoding, active, active.stream().mapToInt(row -> row.prompt).toArray());
      }
    }
    return new Generation(rows.stream().map(Row::result).toList());
  }

  /**
   * @param sources for each active row the row of the decoding that has its logits
   */
  private void generate(Decoding decoding, List<Row> active, int[] sources) {
    float[] scores = new float[generator.model().vocabSize()];
    while (true) {
      MemorySegment logits = decoding.logits();
      List<Row> open = new ArrayList<>();
      int[] openSources = new int[active.size()];
      for (int i = 0; i < active.size(); i++) {
        copyRow(logits, sources[i], scores);
        active.get(i).advance(scores);
        if (active.get(i).finish == null) {
          openSources[open.size()] = sources[i];
          open.add(active.get(i));
        }
      }
      if (open.isEmpty()) {
        return;
      }
      openSources = Arrays.copyOf(openSources, open.size());
      int[] identity = identity(open.size());
      if (open.size() != decoding.numRows() || !Arrays.equals(openSources, identity)) {
        decoding.select(openSources);
      }
      decoding.step(open.stream().mapToInt(Row::lastToken).toArray());
      active = open;
      sources = identity;
    }
  }

  static void copyRow(MemorySegment logits, int row, float[] into) {
    MemorySegment.copy(
        logits, ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * row * into.length, into, 0, into.length);
  }

  private static int[] identity(int count) {
    int[] identity = new int[count];
    Arrays.setAll(identity, i -> i);
    return identity;
  }

  /** One sequence while it grows. */
  private final class Row {
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

    Row(int index, int prompt, int sample) {
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
      float @Nullable [] logits = null;
      if (options.recordLogits() || options.topLogProbs() >= 0) {
        logits = scores.clone();
      }
      for (LogitsProcessor processor : chain) {
        processor.process(ids, length, scores);
      }
      int token = options.sampling().doSample() ? draw(scores) : Scores.argmax(scores);
      if (logits != null && options.recordLogits()) {
        stepLogits.add(logits);
      }
      if (logits != null && options.topLogProbs() >= 0) {
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
      if (!(total > 0 && total < Double.POSITIVE_INFINITY)) {
        throw new IllegalStateException(
            "sampling: scores must leave a token with a finite score, got none at token %d of sequence %d; the model gives NaN, or the options forbid every token"
                .formatted(length - promptLength, index));
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
}
