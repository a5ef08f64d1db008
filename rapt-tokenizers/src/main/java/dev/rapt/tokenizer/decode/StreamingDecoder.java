package dev.rapt.tokenizer.decode;

import org.jspecify.annotations.Nullable;

/**
 * Decodes tokens that arrive one by one. What it returns, joined, is what the decoder gives for all
 * of them at once: only text that no further token can change is returned. Not thread-safe.
 */
public final class StreamingDecoder {
  private final @Nullable TokenDecoder decoder;
  private final StringBuilder out = new StringBuilder();
  private @Nullable Stage first;

  /**
   * A decoder at the beginning of a text.
   *
   * @param decoder decodes the tokens; null joins them with spaces
   */
  public StreamingDecoder(@Nullable TokenDecoder decoder) {
    this.decoder = decoder;
  }

  /** Adds a token; returns the text that has become certain. */
  public String next(String token) {
    if (first == null) {
      first = Stage.of(decoder, out::append);
    }
    first.add(token);
    return take();
  }

  /** Ends the text and returns the rest; the decoder can then be used again. */
  public String finish() {
    if (first != null) {
      first.end();
      first = null;
    }
    return take();
  }

  private String take() {
    String text = out.toString();
    out.setLength(0);
    return text;
  }
}
