package dev.rapt.model.config;

/**
 * One of the two stacks of an encoder-decoder.
 *
 * @param numLayers number of blocks
 * @param numHeads H, heads of queries, keys and values
 * @param intermediateSize F
 * @param layerDrop probability to leave a block out, in training
 */
public record StackSizes(int numLayers, int numHeads, int intermediateSize, float layerDrop) {
  /** A stack whose blocks are never left out. */
  public StackSizes(int numLayers, int numHeads, int intermediateSize) {
    this(numLayers, numHeads, intermediateSize, 0);
  }
}
