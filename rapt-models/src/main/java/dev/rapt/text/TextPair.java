package dev.rapt.text;

/**
 * Two texts that a model reads together, such as premise and hypothesis.
 *
 * @param first the first text
 * @param second the second text, which has token type 1 in models with token types
 */
public record TextPair(String first, String second) {}
