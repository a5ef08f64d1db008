package dev.rapt.reward;

import dev.rapt.train.example.Example;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * 1 if an answer ends in the right number, else 0. The number is the first one behind {@code ####},
 * as in GSM8K (arXiv:2110.14168), else the last one of the text. Signs of currencies, commas
 * between thousands and units are ignored; 42 and 42.0 are equal.
 *
 * @param column column of the right answer, in which the number is found in the same way
 * @param needsMark whether a number counts only behind {@code ####}
 */
public record NumberReward(String column, boolean needsMark) implements Reward {
  private static final String MARK = "####";
  private static final Pattern NUMBER =
      Pattern.compile(
          "(?<![\\w.])([-\u2212]?)\\s?[$\u20ac\u00a3]?\\s?([-\u2212]?)(\\d{1,3}(?:,\\d{3})+(?![\\d,])|\\d+)(\\.\\d+)?");

  @Override
  public double of(String prompt, String answer, Example example) {
    String text = example.text(column);
    BigDecimal right =
        find(text, false)
            .orElseThrow(() ->
                example.error("\"%s\" must hold a number, got \"%s\"".formatted(column, text)));
    return find(answer, needsMark).filter(found -> found.compareTo(right) == 0).isPresent() ? 1 : 0;
  }

  /** Returns the number in which a text ends, if there is one. */
  static Optional<BigDecimal> find(String text, boolean needsMark) {
    int mark = text.lastIndexOf(MARK);
    if (mark < 0 && needsMark) {
      return Optional.empty();
    }
    Matcher matcher = NUMBER.matcher(mark < 0 ? text : text.substring(mark + MARK.length()));
    Optional<BigDecimal> found = Optional.empty();
    while (matcher.find() && (mark < 0 || found.isEmpty())) {
      String fraction = matcher.group(4) == null ? "" : matcher.group(4);
      BigDecimal number = new BigDecimal(matcher.group(3).replace(",", "") + fraction);
      boolean isNegative = matcher.group(1).isEmpty() != matcher.group(2).isEmpty();
      found = Optional.of(isNegative ? number.negate() : number);
    }
    return found;
  }
}
