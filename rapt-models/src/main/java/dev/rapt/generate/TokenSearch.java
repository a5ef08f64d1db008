package dev.rapt.generate;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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
    List<SearchRow> rows = new ArrayList<>();
    List<SearchRow> active = new ArrayList<>();
    for (int prompt = 0; prompt < prompts.size(); prompt++) {
      for (int i = 0; i < options.numReturnSequences(); i++) {
        rows.add(new SearchRow(generator, prompts, options, listener, rows.size(), prompt, i));
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
    return new Generation(rows.stream().map(SearchRow::result).toList());
  }

  /**
   * @param sources for each active row the row of the decoding that has its logits
   */
  private void generate(Decoding decoding, List<SearchRow> active, int[] sources) {
    float[] scores = new float[generator.model().vocabSize()];
    while (true) {
      MemorySegment logits = decoding.logits();
      List<SearchRow> open = new ArrayList<>();
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
      decoding.step(open.stream().mapToInt(SearchRow::lastToken).toArray());
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
}
