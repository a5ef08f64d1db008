package dev.rapt.model.config;

/** Configuration of a decoder that keeps its sizes in a {@link DecoderSizes}. */
public interface SizedConfig extends CausalConfig {
  /** The sizes. */
  DecoderSizes sizes();

  @Override
  default int vocabSize() {
    return sizes().vocabSize();
  }

  @Override
  default int hiddenSize() {
    return sizes().hiddenSize();
  }

  @Override
  default int numLayers() {
    return sizes().numLayers();
  }

  @Override
  default int numHeads() {
    return sizes().numHeads();
  }

  @Override
  default int headDim() {
    return sizes().headDim();
  }

  @Override
  default int maxPositions() {
    return sizes().maxPositions();
  }

  @Override
  default boolean endsAtMaxPositions() {
    return false;
  }

  @Override
  default boolean tiedHead() {
    return sizes().tiedHead();
  }

  @Override
  default double initStd() {
    return sizes().initStd();
  }
}
