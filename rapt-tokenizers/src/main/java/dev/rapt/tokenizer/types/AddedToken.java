package dev.rapt.tokenizer.types;

/**
 * A token that is matched in a text before the model runs.
 *
 * @param id its id, at least 0
 * @param content its text
 * @param singleWord whether it matches only without word characters next to it
 * @param lstrip whether the match includes preceding white space
 * @param rstrip whether the match includes following white space
 * @param normalized whether it is normalised and matched in normalised text
 * @param special whether decoding skips it when special tokens are skipped
 */
public record AddedToken(
    int id,
    String content,
    boolean singleWord,
    boolean lstrip,
    boolean rstrip,
    boolean normalized,
    boolean special) {

  /** Checks the id. */
  public AddedToken {
    if (id < 0) {
      throw new IllegalArgumentException(
          "added token " + content + ": id must not be negative, got " + id);
    }
  }

  /**
   * Creates a special token that strips no white space and is not normalised.
   *
   * @param id its id, at least 0
   * @param content its text
   * @return the token
   */
  public static AddedToken special(int id, String content) {
    return new AddedToken(id, content, false, false, false, false, true);
  }
}
