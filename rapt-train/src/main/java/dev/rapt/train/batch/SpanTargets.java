package dev.rapt.train.batch;

/**
 * Spans of tokens that are to be found in texts.
 *
 * @param starts (B) position of the first token
 * @param ends (B) position of the last token
 */
@SuppressWarnings("ArrayRecordComponent") // plain data for kernels, never compared
public record SpanTargets(int[] starts, int[] ends) {}
