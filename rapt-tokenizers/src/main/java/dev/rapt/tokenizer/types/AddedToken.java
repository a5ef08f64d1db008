package dev.rapt.tokenizer.types;

/**
 * A token that is found in the text before anything else happens to it.
 *
 * @param singleWord matches only where no word character stands beside it
 * @param lstrip takes white space before it along
 * @param rstrip takes white space after it along
 * @param normalized is normalised itself and looked for in normalised text
 * @param special is left out when decoding skips special tokens
 */
public record AddedToken(
    int id,
    String content,
    boolean singleWord,
    boolean lstrip,
    boolean rstrip,
    boolean normalized,
    boolean special) {

  public AddedToken {
    if (id < 0) {
      throw new IllegalArgumentException(
          "added token " + content + ": id must not be negative, got " + id);
    }
  }

  /** A special token without any options. */
  public static AddedToken special(int id, String content) {
    return new AddedToken(id, content, false, false, false, false, true);
  }
}
