package dev.rapt.model.config;

/**
 * Sizes of one of the two stacks of an encoder-decoder.
 *
 * @param numLayers number of blocks
 * @param numHeads H, number of query and key-value heads
 * @param intermediateSize F
 * @param layerDrop LayerDrop: probability to skip a block, in training
 */
public record StackSizes(int numLayers, int numHeads, int intermediateSize, float layerDrop) {
  /** Creates the sizes of a stack without LayerDrop. */
  public StackSizes(int numLayers, int numHeads, int intermediateSize) {
    this(numLayers, numHeads, intermediateSize, 0);
  }
}
