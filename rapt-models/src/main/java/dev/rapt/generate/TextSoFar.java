package dev.rapt.generate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The text of one sequence. Text that may be the beginning of a stop string is held back until it
 * is certain, so that nothing of a stop string is ever handed out.
 */
final class TextSoFar {
  private final @Nullable Detokenizer detokenizer;
  private final List<String> stopStrings;
  private final StringBuilder text = new StringBuilder();
  private int handedOut;
  private boolean stopped;

  TextSoFar(@Nullable Detokenizer detokenizer, List<String> stopStrings) {
    this.detokenizer = detokenizer;
    this.stopStrings = stopStrings;
  }

  /** Adds a token and returns the text that is certain now. */
  String append(int token) {
    if (detokenizer == null || stopped) {
      return "";
    }
    return take(detokenizer.append(token), false);
  }

  /** The text that is left when the sequence ends. */
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
    String result = certain > handedOut ? text.substring(handedOut, certain) : "";
    handedOut = Math.max(handedOut, certain);
    return result;
  }

  /** Length of the longest end of the text that is the beginning of a stop string. */
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

  /** All text, without the stop string. */
  String text() {
    return text.toString();
  }
}
