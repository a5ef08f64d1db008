package dev.rapt.text;

import dev.rapt.tokenizer.Encoding;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the words of a text begin and end, in code points. A word is what the tokenizer divides
 * into tokens; one that two windows share is whole here.
 */
final class WordSpans {
  /** A part of a text, in code points, the end exclusive. */
  record Span(int start, int end) {
    private Span and(Span other) {
      return new Span(Math.min(start, other.start), Math.max(end, other.end));
    }
  }

  private final Map<Integer, Span> byWord = new HashMap<>();

  /** The words of the second text in these windows. */
  WordSpans(List<Encoding> windows) {
    for (Encoding window : windows) {
      int[] words = window.wordIds();
      int[] texts = window.sequenceIds();
      for (int t = 0; t < words.length; t++) {
        if (texts[t] == 1 && words[t] >= 0) {
          byWord.merge(words[t], new Span(window.start(t), window.end(t)), Span::and);
        }
      }
    }
  }

  /** The part of the text from the word of one token to the word of another. */
  Span around(Encoding window, int first, int last) {
    Span start = byWord.get(window.wordIds()[first]);
    Span end = byWord.get(window.wordIds()[last]);
    return start == null || end == null
        ? new Span(window.start(first), window.end(last))
        : new Span(start.start(), end.end());
  }
}
