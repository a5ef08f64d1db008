package dev.rapt.generate.search;

import dev.rapt.generate.decoding.Decoding;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Greedy search and sampling: one token for each row and step; rows that ended are dropped. */
final class TokenSearch {
  private final SearchRequest request;

  TokenSearch(SearchRequest request) {
    this.request = request;
  }

  Generation run() {
    List<SearchRow> rows = new ArrayList<>();
    List<SearchRow> active = new ArrayList<>();
    for (int prompt = 0; prompt < request.prompts().size(); prompt++) {
      for (int i = 0; i < request.options().numReturnSequences(); i++) {
        rows.add(new SearchRow(request, rows.size(), prompt, i));
      }
    }
    rows.stream().filter(row -> row.finish == null).forEach(active::add);
    if (!active.isEmpty()) {
      try (Decoding decoding = request.start(request.maxNewTokens())) {
        // All rows of a prompt share its first pass.
        generate(decoding, active, active.stream().mapToInt(row -> row.prompt).toArray());
      }
    }
    return new Generation(rows.stream().map(SearchRow::result).toList());
  }

  /**
   * Advances all rows until each has ended.
   *
   * @param sources for each active row the row of the decoding that has its logits
   */
  private void generate(Decoding decoding, List<SearchRow> active, int[] sources) {
    float[] scores = new float[request.model().vocabSize()];
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
