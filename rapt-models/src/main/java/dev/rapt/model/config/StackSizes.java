package dev.rapt.model.config;

/**
 * One of the two stacks of an encoder-decoder.
 *
 * @param numLayers number of blocks
 * @param numHeads H, heads of queries, keys and values
 * @param intermediateSize F
 */
public record StackSizes(int numLayers, int numHeads, int intermediateSize) {}
