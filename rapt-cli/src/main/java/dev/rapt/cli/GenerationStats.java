package dev.rapt.cli;

import java.util.Map;

/**
 * How long generating one text took.
 *
 * @param loadSeconds model and tokenizer
 * @param promptTokens tokens of the prompt
 * @param firstTokenSeconds from the prompt to the first new token
 * @param tokens new tokens
 * @param seconds from the prompt to the last new token
 */
record GenerationStats(
    double loadSeconds, int promptTokens, double firstTokenSeconds, int tokens, double seconds) {

  /** Speed of the tokens behind the first. */
  double decodeTokensPerSecond() {
    return (tokens - 1) / (seconds - firstTokenSeconds);
  }

  /** One line for people. */
  @Override
  public String toString() {
    String decoding =
        tokens < 2 ? "" : Format.format(", then %s tok/s", Format.rate(decodeTokensPerSecond()));
    return Format.format(
        "loaded in %.2f s; first of %d tokens %.2f s after a prompt of %d%s",
        loadSeconds, tokens, firstTokenSeconds, promptTokens, decoding);
  }

  /** For a program. */
  void putInto(Map<String, Object> map) {
    map.put("load_seconds", loadSeconds);
    map.put("first_token_seconds", firstTokenSeconds);
    map.put("seconds", seconds);
    map.put("tokens_per_second", tokens / seconds);
    if (tokens > 1) {
      map.put("decode_tokens_per_second", decodeTokensPerSecond());
    }
  }
}
