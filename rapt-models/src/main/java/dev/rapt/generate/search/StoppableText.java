package dev.rapt.generate.search;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The text of one sequence, which ends before a stop string. Text that may be the beginning of a
 * stop string is held back until it is certain, so that no part of a stop string is ever returned.
 */
final class StoppableText {
  private final @Nullable Detokenizer detokenizer;
  private final List<String> stopStrings;
  private final StringBuilder text = new StringBuilder();
  private int numReturned;
  private boolean stopped;

  StoppableText(@Nullable Detokenizer detokenizer, List<String> stopStrings) {
    this.detokenizer = detokenizer;
    this.stopStrings = stopStrings;
  }

  /** Appends a token and returns the text that has become certain. */
  String append(int token) {
    if (detokenizer == null || stopped) {
      return "";
    }
    return take(detokenizer.append(token), false);
  }

  /** Ends the sequence and returns the text that was held back. */
  String finish() {
    if (detokenizer == null || stopped) {
      return "";
    }
    return take(detokenizer.finish(), true);
  }

  private String take(String piece, boolean last) {
    int before = text.length();
    text.append(piece);
    int end = -1;
    for (String stop : stopStrings) {
      int found = text.indexOf(stop, Math.max(0, before - stop.length() + 1));
      if (found >= 0 && (end < 0 || found < end)) {
        end = found;
      }
    }
    if (end >= 0) {
      text.setLength(end);
      stopped = true;
    }
    int certain = stopped || last ? text.length() : text.length() - possibleStop();
    String result = certain > numReturned ? text.substring(numReturned, certain) : "";
    numReturned = Math.max(numReturned, certain);
    return result;
  }

  /** Length of the longest suffix of the text that is a prefix of a stop string. */
  private int possibleStop() {
    int longest = 0;
    for (String stop : stopStrings) {
      for (int n = Math.min(stop.length() - 1, text.length()); n > longest; n--) {
        if (stop.startsWith(text.substring(text.length() - n))) {
          longest = n;
        }
      }
    }
    return longest;
  }

  /** Whether a stop string was found. */
  boolean stopped() {
    return stopped;
  }

  /** The whole text, without the stop string. */
  String text() {
    return text.toString();
  }
}
