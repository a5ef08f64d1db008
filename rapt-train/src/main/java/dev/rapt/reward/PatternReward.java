package dev.rapt.reward;

import dev.rapt.train.example.Example;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * 1 if a regular expression matches somewhere in an answer, else 0. If the expression has a group,
 * the group of the last match must equal the right answer, apart from white space around both.
 *
 * @param pattern the expression
 * @param column column of the right answer, which is read if there is a group
 */
public record PatternReward(Pattern pattern, String column) implements Reward {
  @Override
  public double of(String prompt, String answer, Example example) {
    Matcher matcher = pattern.matcher(new InterruptibleText(answer));
    if (matcher.groupCount() == 0) {
      return matcher.find() ? 1 : 0;
    }
    String last = null;
    while (matcher.find()) {
      last = matcher.group(1);
    }
    return last != null && last.strip().equals(example.text(column).strip()) ? 1 : 0;
  }

  /** A text whose matching ends when the thread is interrupted, however long it would backtrack. */
  private record InterruptibleText(CharSequence text) implements CharSequence {
    @Override
    public char charAt(int index) {
      if (Thread.currentThread().isInterrupted()) {
        throw new IllegalStateException("matching was interrupted");
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int from, int to) {
      return text.subSequence(from, to);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
