package dev.rapt.cli.text;

import dev.rapt.cli.output.Format;
import java.util.Map;

/**
 * The times of one generation.
 *
 * @param loadSeconds time to load model and tokenizer
 * @param promptTokens tokens of the prompt
 * @param firstTokenSeconds time from the start to the first new token
 * @param tokens new tokens
 * @param seconds time from the start to the last new token
 * @param joules energy of the processors in this time; NaN if it is not measured
 * @param drafts guesses of speculative decoding
 */
public record GenerationStats(
    double loadSeconds,
    int promptTokens,
    double firstTokenSeconds,
    int tokens,
    double seconds,
    double joules,
    DraftStats drafts) {

  /** Decoding speed in tokens/s, without the first token. */
  double decodeTokensPerSecond() {
    return (tokens - 1) / (seconds - firstTokenSeconds);
  }

  /** One line of text. */
  @Override
  public String toString() {
    String decoding =
        tokens < 2 ? "" : Format.format(", then %s tok/s", Format.rate(decodeTokensPerSecond()));
    String energy =
        Double.isNaN(joules) || tokens == 0
            ? ""
            : Format.format("; %.3g J/token, prompt included", joules / tokens);
    return Format.format(
        "loaded in %.2f s; first of %d tokens %.2f s after a prompt of %d%s%s%s",
        loadSeconds, tokens, firstTokenSeconds, promptTokens, decoding, drafts, energy);
  }

  /** Adds the times to a JSON object. */
  public void putInto(Map<String, Object> map) {
    map.put("load_seconds", loadSeconds);
    map.put("first_token_seconds", firstTokenSeconds);
    map.put("seconds", seconds);
    map.put("tokens_per_second", tokens / seconds);
    if (tokens > 1) {
      map.put("decode_tokens_per_second", decodeTokensPerSecond());
    }
    drafts.putInto(map);
    if (!Double.isNaN(joules)) {
      map.put("joules", joules);
    }
  }
}
