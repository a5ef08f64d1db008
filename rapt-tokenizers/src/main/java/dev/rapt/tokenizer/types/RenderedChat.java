package dev.rapt.tokenizer.types;

import java.util.List;

/**
 * The text of a conversation as the model reads it.
 *
 * @param text the text with all special tokens
 * @param generated the parts that the template marks as written by the assistant ({@code
 *     generation} blocks), in order
 */
public record RenderedChat(String text, List<Span> generated) {
  /** Copies the list. */
  public RenderedChat {
    generated = List.copyOf(generated);
  }

  /**
   * A part of the text, in {@code char}s.
   *
   * @param start first {@code char}
   * @param end end, exclusive
   */
  public record Span(int start, int end) {}
}
