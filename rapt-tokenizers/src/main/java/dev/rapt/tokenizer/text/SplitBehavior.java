package dev.rapt.tokenizer.text;

import java.util.ArrayList;
import java.util.List;

/** What a split does with the matches (delimiters). */
public enum SplitBehavior {
  REMOVED("Removed"),
  ISOLATED("Isolated"),
  MERGED_WITH_PREVIOUS("MergedWithPrevious"),
  MERGED_WITH_NEXT("MergedWithNext"),
  CONTIGUOUS("Contiguous");

  private final String jsonName;

  SplitBehavior(String jsonName) {
    this.jsonName = jsonName;
  }

  /** Returns the name in tokenizer.json. */
  public String jsonName() {
    return jsonName;
  }

  /** Returns the non-empty pieces of {@code text}, in order. */
  public List<AlignedText> split(AlignedText text, Matches spans) {
    List<AlignedText> pieces = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < spans.size(); i++) {
      boolean pieceEnds = i + 1 == spans.size() || !joins(spans, i, i + 1);
      if (!pieceEnds) {
        continue;
      }
      boolean removed = this == REMOVED && spans.isMatch(i);
      if (!removed && spans.end(i) > start) {
        pieces.add(text.slice(start, spans.end(i)));
      }
      start = spans.end(i);
    }
    return pieces;
  }

  /** Returns whether span {@code b} belongs to the piece of the preceding span {@code a}. */
  private boolean joins(Matches spans, int a, int b) {
    return switch (this) {
      case REMOVED, ISOLATED -> false;
      case CONTIGUOUS -> spans.isMatch(a) == spans.isMatch(b);
      case MERGED_WITH_PREVIOUS -> spans.isMatch(b) && !spans.isMatch(a);
      case MERGED_WITH_NEXT -> spans.isMatch(a) && !spans.isMatch(b);
    };
  }
}
