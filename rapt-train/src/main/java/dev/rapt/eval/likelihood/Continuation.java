package dev.rapt.eval.likelihood;

/**
 * A text whose likelihood after a context is asked for.
 *
 * @param context what the model reads first; empty for the beginning of a text
 * @param text what may follow, not empty
 */
public record Continuation(String context, String text) {}
