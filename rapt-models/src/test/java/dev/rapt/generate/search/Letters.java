package dev.rapt.generate.search;

/** Letters for ids; id 11 is the first half of a character that id 10 completes. */
public final class Letters implements Detokenizer {
  private boolean half;

  /** Creates a detokenizer that has seen no id. */
  public Letters() {}

  @Override
  public String append(int token) {
    if (token == 11) {
      half = true;
      return "";
    }
    String text = half && token == 10 ? "é" : String.valueOf((char) ('a' + token));
    half = false;
    return text;
  }

  @Override
  public String finish() {
    return half ? "\ufffd" : "";
  }
}
