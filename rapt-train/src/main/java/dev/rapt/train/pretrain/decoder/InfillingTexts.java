package dev.rapt.train.pretrain.decoder;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.noise.FillInTheMiddle;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.SpecialTokens;
import dev.rapt.train.random.Draws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Windows of text in which documents, or the parts of them that a window holds, are rearranged so
 * that a decoder learns to fill in the middle. The token that ends a document stays at its end.
 *
 * @param fill rearranges a document
 * @param endId ends a document
 * @param seqLen tokens of a row, to which a window is cut that has become longer
 * @param separatesDocuments whether attention stays inside documents
 */
record InfillingTexts(FillInTheMiddle fill, int endId, int seqLen, boolean separatesDocuments) {
  static InfillingTexts of(PretrainSetup setup, double rate, double spmRate) {
    Tokenizer tokenizer = setup.tokenizer();
    return new InfillingTexts(
        new FillInTheMiddle(
            rate,
            spmRate,
            require(tokenizer, "<|fim_prefix|>"),
            require(tokenizer, "<|fim_suffix|>"),
            require(tokenizer, "<|fim_middle|>")),
        SpecialTokens.INFILLING_DECODER.endId(tokenizer),
        setup.spec().seqLen(),
        setup.spec().separatesDocuments());
  }

  private static int require(Tokenizer tokenizer, String token) {
    return tokenizer
        .tokenToId(token)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "tokenizer: must have the token %s for fill-in-the-middle, got none; use another tokenizer, or fim-rate 0"
                    .formatted(token)));
  }

  /** Makes a batch of windows. */
  TokenBatch batch(List<int[]> windows, List<Draws> draws) {
    List<int[]> rows = new ArrayList<>();
    for (int i = 0; i < windows.size(); i++) {
      rows.add(rearranged(windows.get(i), draws.get(i)));
    }
    return TokenBatch.ofTexts(rows, seqLen, endId, separatesDocuments);
  }

  private int[] rearranged(int[] window, Draws random) {
    IntStream row = IntStream.empty();
    for (int start = 0; start < window.length; ) {
      int end = start;
      while (end < window.length && window[end] != endId) {
        end++;
      }
      int next = Math.min(window.length, end + 1); // behind the token that ends the document
      int[] document = copy(window, start, end);
      int[] read = document.length == 0 ? document : fill.apply(document, random);
      row = IntStream.concat(row, Arrays.stream(read));
      row = IntStream.concat(row, Arrays.stream(copy(window, end, next)));
      start = next;
    }
    return row.toArray();
  }

  private static int[] copy(int[] window, int from, int to) {
    return Arrays.copyOfRange(window, from, to);
  }
}
