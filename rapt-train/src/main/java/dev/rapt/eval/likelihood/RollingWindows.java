package dev.rapt.eval.likelihood;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Windows that slide over a text, so that each of its tokens is predicted once. The first window
 * predicts all its tokens, each later one its last {@code stride} tokens from those before them.
 */
final class RollingWindows {
  private RollingWindows() {}

  /**
   * Splits a text into requests.
   *
   * @param ids the text
   * @param beginning token before the first one
   * @param window most tokens of a window
   * @param stride most new tokens of a window, from 1 to window
   */
  static List<TokenRequest> of(int[] ids, int beginning, int window, int stride) {
    List<TokenRequest> requests = new ArrayList<>();
    int scored = Math.min(window, ids.length);
    if (scored > 0) {
      requests.add(new TokenRequest(new int[] {beginning}, Arrays.copyOf(ids, scored)));
    }
    while (scored < ids.length) {
      int count = Math.min(ids.length - scored, stride);
      int end = scored + count;
      requests.add(
          new TokenRequest(
              Arrays.copyOfRange(ids, Math.max(0, end - window - 1), scored),
              Arrays.copyOfRange(ids, scored, end)));
      scored = end;
    }
    return requests;
  }
}
